// The scripts that are put in front of everything a page runs: requests to extensions fail, and what tells one browser from
// another says nothing. Without `<` and `&`, so that they read the same in HTML and XML, and without any text
// that the pipelines replace.

const GUARD = [
  'var r=/^\\s*(?:chrome|moz|safari(?:-web)?|ms-browser)-extension:/i,w=window,f=w.fetch,X=w.XMLHttpRequest;',
  'function s(u){return String(u).replace(/[\\t\\n\\r]/g,"")}',
  'if(f)w.fetch=function(u,i){var v=u instanceof w.Request?u:String(u);',
  'return r.test(s(v.url||v))?Promise.reject(new TypeError("Failed to fetch")):f.call(w,v,i)};',
  'if(X){var o=X.prototype.open;X.prototype.open=function(){var a=[].slice.call(arguments);a[1]=String(a[1]);',
  'if(r.test(s(a[1])))throw new DOMException("Invalid URL","SyntaxError");return o.apply(this,a)}}',
].join('')

const SHIMS = [
  'var w=window,C=w.HTMLCanvasElement;',
  'if(C){var t=C.prototype.toDataURL;C.prototype.toDataURL=function(){',
  'if(this.width>300||this.height>150)return t.apply(this,arguments);',
  'var e=document.createElement("canvas");e.width=this.width;e.height=this.height;return t.apply(e,arguments)}}',
  '[w.WebGLRenderingContext,w.WebGL2RenderingContext].forEach(function(G){if(!G)return;',
  'var p=G.prototype,g=p.getParameter,x=p.getExtension;',
  'p.getParameter=function(n){return n===37445?"Vendor":n===37446?"Renderer":g.apply(this,arguments)};',
  'p.getExtension=function(n){return /^webgl_debug_renderer_info$/i.test(n)?null:x.apply(this,arguments)}});',
  'try{Object.defineProperty(w.Navigator.prototype,"send"+"Beacon",{value:function(){return false}})}catch(e){}',
].join('')

export interface InjectedOptions {
  readonly probing: boolean
  readonly shims: boolean
  /** Of the answer, in wire order. */
  readonly headers: readonly (readonly [name: string, value: string])[]
}

/** Makes what is put in, with the nonce of the policy of the answer or else of the page; undefined: nothing. */
export function injectedScripts({probing, shims, headers}: InjectedOptions): ((nonce: string) => string) | undefined {
  const bodies = [...(probing ? [GUARD] : []), ...(shims ? [SHIMS] : [])]
  if (bodies.length === 0) return undefined
  const code = bodies.map((body) => `(function(){${body}})();`).join('')
  const ofPolicy = nonceOf(headers)
  return (ofPage) => {
    const nonce = ofPolicy ?? (NONCE.test(ofPage) ? ofPage : '')
    return `<script${nonce === '' ? '' : ` nonce="${nonce}"`}>${code}</script>`
  }
}

/** Whatever else it has could end the attribute. */
const NONCE = /^[A-Za-z0-9+/_-]{1,256}={0,2}$/

function nonceOf(headers: InjectedOptions['headers']): string | undefined {
  for (const [name, value] of headers) {
    if (name.length !== 23 || name.toLowerCase() !== 'content-security-policy') continue
    const match = /'nonce-([A-Za-z0-9+/_-]{1,256}={0,2})'/i.exec(value)?.[1]
    if (match !== undefined) return match
  }
  return undefined
}
