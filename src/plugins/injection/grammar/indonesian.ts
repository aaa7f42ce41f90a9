import type {LanguageTable} from './table.js'

export const INDONESIAN: LanguageTable = {
  language: 'Indonesian',
  drop:
    'abaikan|abaikanlah|lupakan|lupakanlah|acuhkan|hiraukan|kesampingkan|tinggalkan|buang|hapus|' +
    'berhenti (mengikuti|mematuhi|menaati)|jangan (ikuti|patuhi|taati|hiraukan|pedulikan|turuti)|' +
    'tidak usah (mengikuti|mematuhi)|batalkan',
  instructions: 'instruksi|petunjuk|arahan|perintah|aturan|pedoman|panduan|batasan|larangan|pesan',
  earlier:
    'sebelumnya|terdahulu|di atas|awal|lama|asli|sebelum ini|yang (W )?(diberikan|kamu terima|anda terima|' +
    'diterima) (sebelumnya|tadi)?|tadi',
  yours:
    '(instruksi|aturan|pedoman|perintah|batasan|petunjuk|prompt) (W )?(kamu|anda|mu|sistem anda|sistem kamu|' +
    'sistemmu)|instruksimu|aturanmu|pedomanmu|prompt sistem (W )?(kamu|anda|mu)',
  everything:
    '(semua|segala|segalanya|apa pun|semuanya)( hal)?( yang)? (W )?(di atas|sebelum ini|dikatakan sebelumnya|' +
    'kamu pelajari|anda pelajari|telah dikatakan|diberitahukan|disampaikan sebelumnya)|apa yang (telah |' +
    'sudah )?(dikatakan|diberitahukan|disampaikan) (kepada|pada) (mu|kamu|anda)',
  lapsed:
    '(tidak|sudah tidak|tak) lagi berlaku|(sudah )?(dibatalkan|dicabut|tidak berlaku|ditangguhkan|batal)( lagi)?|' +
    'tidak berlaku lagi',
  reveal:
    'tampilkan|tunjukkan|ungkapkan|cetak|tulis|tuliskan|sebutkan|ulangi|salin|bocorkan|beritahu|beri tahu|ringkas|' +
    'terjemahkan|berikan|perlihatkan|apa isi|apa saja',
  prompt:
    'prompt (sistem|awal|asli|rahasia)( (kamu|anda|mu))?|(instruksi|aturan|pedoman|perintah) (sistem|rahasia|' +
    'internal|tersembunyi|awal|asli) (W )?(kamu|anda|mu|sistem)|pesan sistem (kamu|anda|mu)|(instruksi|' +
    'perintah) yang (W )?(kamu|anda|diberikan) (W )?(terima|kepadamu|kepada anda)',
  hide:
    'jangan (W )?(beri tahu|beritahu|memberi tahu|memberitahu|katakan|sebutkan|ungkapkan|laporkan|bilang|sampaikan|' +
    'tunjukkan)|tanpa (W )?(memberi tahu|memberitahu|sepengetahuan|diketahui|menyebutkan|melaporkan|izin)|' +
    'sembunyikan|rahasiakan',
  user: 'pengguna|penggunanya|pemilik akun|pemakai|manusia|operator',
  become:
    '(mulai sekarang|sejak sekarang|mulai saat ini),(kamu|anda) (W )?|(bertindaklah|bertindak|berperilaku|berlaku|' +
    'jawab|jawablah) (sebagai|seperti|seolah)|berpura-pura|berpuralah|bayangkan (kamu|anda)|(kamu|' +
    'anda) (bukan lagi|sekarang adalah) (W )?(W )?(ai|asisten|model|chatbot|agen|karakter)?',
  unbound:
    'tanpa (W )?(W )?(batasan|batas|filter|aturan|sensor|larangan|etika|pembatasan)|bebas dari (W )?(W )?(batasan|' +
    'aturan|filter|larangan)|tidak (terikat|dibatasi) (W )?(oleh )?(W )?(aturan|batasan)',
  addressed:
    '(jika|kalau|apabila|bila) (kamu|anda) (adalah|ialah|merupakan) (W )?(W )?(ai|asisten|model bahasa|chatbot|agen|bot|kecerdasan buatan|model)|' +
    '(jika|kalau|apabila|bila) (kamu|anda) (sebuah|seorang|asisten|agen|model bahasa|chatbot|ai)|' +
    '(asisten|agen|model) (ai|bahasa|virtual|kecerdasan buatan),(yang )?(membaca|memproses|meringkas|harus|wajib|tolong|mohon|apa pun)|' +
    '(setiap|semua|wahai|perhatian|halo|kepada|untuk) (asisten ai|agen ai|model bahasa|asisten virtual|kecerdasan buatan|chatbot)|' +
    'sebagai (asisten|model|agen) (ai|bahasa),(kamu|anda)',
  act:
    'kirim|kirimkan|buka|bukalah|jalankan|kunjungi|panggil|baca|bacalah|jawab|jawablah|tulis|tuliskan|tambahkan|' +
    'sertakan|rekomendasikan|sarankan|pilih|abaikan|hapus|unduh|ikuti|klik|harus|wajib|mesti|salin|simpan|ingat|' +
    'katakan|teruskan|publikasikan|gunakan|pakai|beli|setujui|nilai|berikan|bagikan|sebutkan|ungkapkan|tolong|mohon',
  calls: {
    bare: 'llm|llms|agen|bots|model',
    names:
      'asisten|para asisten|chatbot|copilot|model bahasa|(asisten|agen|model|sistem) (ai|virtual|kecerdasan buatan)|para agen|(halo|hai|wahai|perhatian) (ai|llm|asisten|model|agen|chatbot|kecerdasan buatan)',
    who: 'yang|dengan',
    must: 'harus|wajib|mesti',
    bids: 'jangan|tak usah|tidak perlu|lupakan|abaikan|kesampingkan|tinggalkan|hentikan|berhenti|lakukan|bertindaklah|bertingkahlah|berpura-pura|berperanlah|berubahlah|jadilah|jawab|jawablah|balas|katakan|bilang|sampaikan|tulis|tuliskan|salin|tampilkan|tunjukkan|ungkapkan|bocorkan|kutip|ulangi|terjemahkan|sembunyikan|rahasiakan|diam|panggil|jalankan|eksekusi|gunakan|pakai|buka|bukalah|kunjungi|pergilah|pergi|klik|ikuti|muat|unduh|unggah|kirim|kirimkan|teruskan|kumpulkan|lampirkan|sertakan|tambahkan|masukkan|minta|mintalah|tanyakan|tanya|ingat|ingatlah|simpan|catat|rekomendasikan|sarankan|pilih|utamakan|nilai|puji|hapus|matikan|nonaktifkan|anggap|perlakukan|kamu|anda|tugasmu|namamu|mulai sekarang|mulai hari ini|sejak sekarang|jika ada|kalau ada|kalau ditanya|saat|ketika|pesan ini|teks ini|pengguna',
    mine: '(instruksi|petunjuk|aturan|memori|ingatan|jawaban|ringkasan|alat|batasan|pembatasan|filter|tugas|pengguna|pemilik|perintah) ?(kamu|anda|mu)|instruksimu|aturanmu|memorimu|ingatanmu|jawabanmu|batasanmu|penggunamu|pengguna|mulai sekarang|(instruksi|perintah|aturan) (sebelumnya|terdahulu|lama)|tanpa (memberi tahu|peringatan|bertanya|batas|batasan|filter|izin)|(prompt|pesan) sistem',
    short: [
      {
        names: 'ai',
        orders:
          'abaikan|lupakan|rekomendasikan|pujilah|puji|kirim|kirimkan|teruskan|ungkapkan|bocorkan|sembunyikan|rahasiakan|sebutkan|katakan|jawab|buka|kunjungi|panggil|jalankan|eksekusi|hapus|bayar|beli|setujui|patuhi|ingat|ulangi|tampilkan|tunjukkan|pilih|klik|ikuti|unggah|kumpulkan',
      },
    ],
  },
  send: 'kirim|kirimkan|teruskan|unggah|bagikan|posting|sampaikan|lampirkan|serahkan|sertakan|publikasikan',
  data:
    '(percakapan|obrolan) (ini|kita|lengkap|tersebut)|(riwayat|seluruh) (W )?(percakapan|obrolan|chat|pesan)|(data|' +
    'email|surel|berkas|file|pesan|kontak|kata sandi|nama|alamat|informasi) (W )?(pribadi )?pengguna|(data|' +
    'informasi|pesan) (pribadi|rahasia|sensitif)|variabel lingkungan|(memorimu|ingatanmu)|kredensial|kata sandi|' +
    'kunci api',
  away:
    '(kepada|ke) (saya|kami) |ke (alamat|tautan|url|link|email|surel|nomor|situs) (W )?(ini|berikut|di bawah)|' +
    'ke (alamat|tautan|url|email)',
}
