import type {LanguageTable} from './table.js'

export const TURKISH: LanguageTable = {
  language: 'Turkish',
  verbLast: true,
  adjectiveFirst: true,
  drop:
    'yok say|yok sayın|yoksay|yoksayın|görmezden gel|görmezden gelin|göz ardı et|göz ardı edin|unut|unutun|' +
    'dikkate alma|dikkate almayın|uyma|uymayın|uymayı bırak|uymayı bırakın|takip etme|takip etmeyin|' +
    'bir kenara bırak|bir kenara bırakın|boş ver|boşver|geçersiz say|iptal et',
  instructions: 'talimat*|yönerge*|kural*|komut*|emir*|direktif*|kısıtlama*|yönlendirme*|mesaj*',
  earlier:
    'önceki|daha önceki|yukarıdaki|eski|evvelki|ilk|başlangıçtaki|şimdiye kadarki|daha önce verilen|sana verilen|' +
    'size verilen',
  yours:
    'talimatlarını|yönergelerini|kurallarını|kısıtlamalarını|sistem (istemini|mesajını|promptunu|talimatlarını)|' +
    'sana verilen (W )?(talimat*|yönerge*|kural*|komut*)|senin (kuralların*|talimatların*)',
  everything:
    '(yukarıdaki|önceki|buraya kadarki|şimdiye kadar (söylenen|yazılan)|daha önce söylenen|sana söylenen|' +
    'bundan önceki) (W )?(her şeyi|herşeyi|her şey|bütün bunları|tümünü|hepsini)|sana (W )?söylenenleri|' +
    'bundan öncesini',
  lapsed:
    'artık (geçerli değil|geçersiz|uygulanmıyor|geçmiyor|bağlayıcı değil)|geçersizdir|iptal edildi|' +
    'yürürlükten kalktı|yürürlükten kaldırıldı|askıya alındı|hükümsüzdür',
  reveal:
    'göster|gösterin|açıkla|açıklayın|yazdır|yaz|yazın|söyle|söyleyin|paylaş|paylaşın|tekrarla|tekrar et|' +
    'tekrar edin|kopyala|listele|özetle|ifşa et|ver|nedir|nelerdir',
  prompt:
    'sistem (istemini|mesajını|promptunu|komutunu|istemin|talimatlarını)|(gizli|dahili|ilk|orijinal|asıl|' +
    'iç) (W )?(talimatlarını|kurallarını|yönergelerini|talimatların|yönergelerin)|sana verilen (W )?(talimatları|' +
    'yönergeleri|talimatlar|komutları)',
  hide:
    'söyleme|söylemeyin|bildirme|bildirmeyin|bahsetme|bahsetmeyin|haber verme|haber vermeyin|haber vermeden|' +
    'söylemeden|bildirmeden|bilgi vermeden|gösterme|göstermeyin|açıklama yapma|fark ettirmeden|gizle|gizleyin|' +
    'sakla|haberi olmadan|belli etme',
  user: 'kullanıcı*|insana|operatöre|hesap sahibine',
  become:
    '(bundan sonra|artık|bundan böyle|şu andan itibaren) (sen )?(W )?|gibi (davran|davranın|cevap ver|yanıt ver)|' +
    'rolünü (üstlen|oyna|al)|(yapay zeka|asistan|model) değilsin|sen (artık )?(W )?(W )?(yapay zekasın|asistansın|' +
    'modelsin|karaktersin)',
  unbound:
    '(kısıtlaması|kısıtlama|sınırı|sınır|filtresi|filtre|kuralı|kural|sansürü|sansür) olmayan|(kısıtlamasız|' +
    'sınırsız|filtresiz|kuralsız|sansürsüz)|(kısıtlamalardan|kurallardan|filtrelerden) (muaf|bağımsız|özgür)',
  addressed:
    '(bir )?(yapay zeka|yapay zekâ|dil modeli|sohbet botu)( (asistanı|modeli|ajanı|botu))?(ysan|ysanız| isen| iseniz)|' +
    '(yapay zeka|dil modeli|yapay zeka asistanı|yapay zeka modeli|yapay zeka ajanı|asistan)(ysan|ysanız|san|sanız|ıysan|ıysanız)|' +
    'bir (ajansan|ajansanız|botsan|botsanız|modelsen|modelseniz|yapay zekaysan|yapay zekaysanız|dil modeliysen|dil modeliyseniz|asistansan|asistansanız|yapay zeka asistanıysan|yapay zeka ajanıysan|sohbet botuysan)|' +
    '(bunu|bu metni|bu sayfayı|bu mesajı|bu belgeyi) (okuyan|işleyen|özetleyen|gören) (W )?(W )?(yapay zek*|asistan*|model*|ajan*|bot*)|' +
    '(yapay zeka|yapay zekâ) (asistanları|modelleri|ajanları|asistanı|ajanı|sistemleri)|(dikkat|sevgili) (yapay zeka|asistan)',
  act:
    'gönder|gönderin|göndersin|açın|çalıştır|çalıştırın|ziyaret et|ziyaret edin|çağır|okuyun|yanıtla|yanıtlayın|' +
    'cevap ver|yazın|ekle|ekleyin|öner|önerin|yoksay|unut|silin|indir|indirin|takip et|tıkla|tıklayın|kopyala|' +
    'kaydet|hatırla|söyle|söyleyin|ilet|iletin|yayınla|kullan|kullanın|satın al|onayla|değerlendir|paylaş|paylaşın|' +
    'yapmalı|zorunda|gerekir|etmeli',
  calls: {
    bare: 'yapay zeka|yapay zekâ|yapay zekâlar|llm|llms|ajanlar|botlar|model|modeller',
    names:
      'asistan|asistanlar|sohbet botu|sohbet botları|chatbot|copilot|dil modeli|dil modelleri|(yapay zeka|yapay zekâ) (asistanı|asistanları|ajanı|ajanları|modeli|modelleri|aracısı)|(sevgili|değerli|merhaba|dikkat) (yapay zeka|yapay zekâ|llm|asistan|model|ajan|sohbet botu)',
    bids: '(W )?(W )?(W )?(W )?(unut|unutun|unutma|bırak|bırakın|boş ver|vazgeç|davran|davranın|yap|yapın|yapma|gibi|cevap ver|cevap verin|yanıtla|yanıt ver|söyle|söyleyin|söyleme|söylemeyin|yaz|yazın|kopyala|göster|açıkla|alıntıla|tekrarla|çevir|gizle|sakla|saklayın|sus|bahsetme|bildirme|çağır|çalıştır|çalıştırın|kullan|kullanın|aç|açın|ziyaret et|git|gidin|tıkla|indir|yükle|uygula|gönder|gönderin|ilet|paylaş|topla|ekle|iste|isteyin|sor|talep et|hatırla|kaydet|not et|öner|önerin|tavsiye et|seç|tercih et|puanla|öv|sil|silin|kapat|kapatın|devre dışı bırak|kabul et|say|verme|izin verme|reddetme|uyarma|sorma|koy|dönüş|artık)|senin|sizin|sen|bundan sonra|şu andan itibaren|bundan böyle|bu mesaj|bu metin',
    mine: '(senin |kendi )?(W )?(kullanıcına|kullanıcının|kullanıcıya|kullanıcını|talimatlarını|kurallarını|hafızana|hafızanda|belleğine|yanıtında|cevabında|özetinde|araçlarını|kısıtlamalarını|sınırlarını|filtrelerini|filtreni|görevini|sistem istemini|sistem mesajını)|bundan sonra|bundan böyle|şu andan itibaren|(önceki|eski) (talimat*|kural*|emir*)|(uyarmadan|sormadan|haber vermeden|söylemeden|sınırsız|filtresiz)',
  },
  send: 'gönder|gönderin|ilet|iletin|yolla|yollayın|paylaş|paylaşın|yükle|yükleyin|aktar|aktarın|yayınla|postala',
  data:
    '(bu|tüm|bütün) (W )?(konuşmayı|sohbeti|konuşma geçmişini|sohbet geçmişini|yazışmayı)|(konuşma|sohbet|' +
    'mesaj) geçmişi*|kullanıcının (W )?(W )?(verilerini|e-postalarını|dosyalarını|mesajlarını|kişilerini|şifresini|' +
    'parolasını|adını|adresini|bilgilerini)|(kişisel|gizli|özel) (verileri|verilerini|bilgileri|bilgilerini|' +
    'mesajları|dosyaları)|ortam değişkenlerini|hafızanı|kimlik bilgilerini|şifreleri|parolaları|api anahtar*',
  away: "bana |bize |(şu|bu|aşağıdaki|belirtilen) (W )?(adrese|bağlantıya|linke|url'ye|siteye|sunucuya|numaraya)",
}
