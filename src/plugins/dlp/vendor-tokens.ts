// Tokens of services, as their vendors publish the forms: a sign, and how many characters of which alphabet follow. To add one,
// add a line: name, signs, body. What has no line here is left to the rule `Vendor Token`.

// `h` is lower-case hex, `n` letters and digits, `u` base64url, `U` capitals and digits; anything else in a body is itself.

const UUID = 'h{8}-h{4}-h{4}-h{4}-h{12}'

export const VENDOR_TOKENS: readonly (readonly [name: string, signs: string, body: string])[] = [
  // model providers and their tools
  ['Model Provider Key', 'sk-', 'h{32}'],
  ['Model Provider Key, Long', 'sk-', 'n{48}'],
  ['Voice Service Key', 'sk_', 'h{48}'],
  ['Inference Service Key', 'nvapi-', 'u{60}'],
  ['Inference Chip Key', 'csk-', 'n{48}'],
  ['Embedding Service Key', 'jina_', 'n{60}'],
  ['Crawler Service Key', 'fc-', 'h{32}'],
  ['Tracing Service Key', 'lsv2_pt_ lsv2_sk_', 'h{32}_h{10}'],
  ['Tracing Secret Key', 'sk-lf-', UUID],
  ['Sandbox Service Key', 'e2b_', 'h{40}'],
  // containers, packages, code forges
  ['Docker Access Token', 'dckr_pat_ dckr_oat_', 'u{27}'],
  ['RubyGems API Key', 'rubygems_', 'h{48}'],
  ['Clojars Token', 'CLOJARS_', 'h{60}'],
  ['Code Search Token', 'sgp_', 'h{40}'],
  ['Bitbucket App Password', 'ATBB', 'n{32}'],
  // continuous integration and infrastructure
  ['CircleCI Token', 'CCIPAT_ CCIPRJ_', 'n{20,24}_h{40}'],
  ['Buildkite Token', 'bkua_ bkaj_', 'h{40}'],
  ['Pulumi Token', 'pul-', 'h{40}'],
  ['Prefect Token', 'pnu_ pnb_', 'n{36}'],
  ['Tailscale Key', 'tskey-auth- tskey-api- tskey-client- tskey-scim- tskey-webhook-', 'n{8,32}-n{16}'],
  // hosting
  ['Netlify Token', 'nfp_ nfc_ nfo_ nfu_ nfb_', 'n{36}'],
  ['Fly Token', 'fo1_ fm1r_ fm2_', 'u{43}'],
  ['Render API Key', 'rnd_', 'n{32}'],
  ['Heroku API Key', 'HRKU-', 'u{36}'],
  ['Supabase Access Token', 'sbp_', 'h{40}'],
  ['PlanetScale Token', 'pscale_tkn_ pscale_pw_ pscale_oauth_', 'u{32}'],
  ['Neon API Key', 'napi_', 'n{48}'],
  ['Vector Database Key', 'tpuf_', 'n{32}'],
  // observability and feature flags
  ['Grafana Service Account Token', 'glsa_', 'n{32}_h{8}'],
  ['Grafana Cloud Token', 'glc_', 'n{40}'],
  ['Honeycomb Key', 'hcaik_ hcbik_ hcxik_', 'n{50}'],
  ['Sentry User Token', 'sntryu_', 'h{64}'],
  ['Dynatrace Token', 'dt0c01.', 'U{24}.U{64}'],
  ['Axiom Token', 'xaat- xapt-', UUID],
  ['PostHog Personal Key', 'phx_', 'n{40}'],
  ['LaunchDarkly Key', 'sdk- api- mob-', UUID],
  ['Statsig Secret', 'secret-', 'n{40}'],
  // mail, payment, work
  ['Resend API Key', 're_', 'n{8}_n{24}'],
  ['Brevo API Key', 'xkeysib- xsmtpsib-', 'h{64}-n{16}'],
  ['MailerSend Token', 'mlsn.', 'h{64}'],
  ['Square Token', 'sq0csp- sq0atp- sq0idp-', 'u{22}'],
  ['Razorpay Key', 'rzp_live_ rzp_test_', 'n{14}'],
  ['Paddle Key', 'pdl_live_apikey_ pdl_sdbx_apikey_', 'n{26}_n{22}_n{3}'],
  ['Flutterwave Key', 'FLWSECK- FLWSECK_TEST-', 'h{32}-X'],
  ['Plaid Access Token', 'access-production- access-sandbox- access-development-', UUID],
  ['Figma Token', 'figd_', 'u{40}'],
  ['HubSpot Token', 'pat-na1- pat-na2- pat-eu1-', UUID],
  ['Contentful Token', 'CFPAT-', 'u{43}'],
  ['Typeform Token', 'tfp_', 'u{40}'],
  ['Documentation Host Key', 'rdme_', 'n{70}'],
  // whoever has the address of a webhook can write to the room
  ['Slack Webhook', 'hooks.slack.com/services/', 'U{8,12}/U{8,12}/n{20}'],
  ['Slack Workflow Webhook', 'hooks.slack.com/workflows/', 'U{8,12}/U{8,12}/[0-9]{12,20}/n{20}'],
  ['Discord Webhook', 'discord.com/api/webhooks/ discordapp.com/api/webhooks/', '[0-9]{17,20}/u{60}'],
  ['Teams Webhook', '.webhook.office.com/webhookb2/', `${UUID}@${UUID}/IncomingWebhook/h{32}`],
  ['Google Chat Webhook', 'chat.googleapis.com/v1/spaces/', 'u{8,16}/messages?key='],
]
