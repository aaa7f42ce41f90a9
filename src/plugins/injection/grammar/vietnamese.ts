import type {LanguageTable} from './table.js'

export const VIETNAMESE: LanguageTable = {
  language: 'Vietnamese',
  drop:
    'bỏ qua|hãy bỏ qua|quên|hãy quên|lờ đi|phớt lờ|không (W )?(tuân theo|tuân thủ|làm theo|nghe theo)|' +
    'đừng (tuân theo|tuân thủ|làm theo|nghe theo|để ý)|ngừng (tuân theo|làm theo|tuân thủ)|gạt bỏ|hủy bỏ|bất chấp|' +
    'từ bỏ',
  instructions: 'hướng dẫn|chỉ thị|chỉ dẫn|quy tắc|mệnh lệnh|lệnh|quy định|yêu cầu|câu lệnh|giới hạn|tin nhắn',
  earlier: 'trước đó|trước đây|ở trên|bên trên|phía trên|ban đầu|trước|cũ|gốc|đã nhận|đã được (đưa ra|cung cấp|giao)',
  yours: '(hướng dẫn|chỉ thị|chỉ dẫn|quy tắc|giới hạn|lập trình|lời nhắc|câu lệnh|prompt) (W )?(W )?của (bạn|mày|mi)',
  everything:
    '(mọi thứ|tất cả|tất cả những gì|mọi điều|những gì) (W )?(W )?(W )?(ở trên|trước đó|phía trên|bên trên|' +
    'đã được nói|bạn đã (biết|học|được))',
  lapsed:
    'không còn (W )?(hiệu lực|áp dụng|giá trị|đúng)|(đã bị|bị) (hủy bỏ|thu hồi|vô hiệu|đình chỉ|bãi bỏ)|' +
    'hết hiệu lực|vô hiệu',
  reveal:
    'hiển thị|hiện ra|tiết lộ|in ra|cho (tôi )?(xem|biết)|viết (ra|lại)|lặp lại|sao chép|đọc lại|chia sẻ|tóm tắt|' +
    'dịch|liệt kê|nêu|đưa ra|là gì',
  prompt:
    '(prompt|lời nhắc|câu lệnh|thông điệp|chỉ thị|hướng dẫn|tin nhắn) hệ thống|(hướng dẫn|chỉ thị|quy tắc|' +
    'chỉ dẫn) (W )?(W )?(bí mật|nội bộ|ẩn|gốc|ban đầu) (W )?(W )?của bạn|(hướng dẫn|chỉ thị) (mà )?bạn (đã )?(nhận|' +
    'được giao|được cung cấp)',
  hide:
    '(đừng|không được|không|chớ) (W )?(nói|cho|báo|thông báo|đề cập|tiết lộ|nhắc|kể)|mà không (W )?(nói|cho|báo|' +
    'thông báo|để)|giấu|che giấu|giữ bí mật',
  user: 'người dùng|người sử dụng|chủ tài khoản|con người',
  become:
    '(từ bây giờ|từ giờ|kể từ bây giờ|từ nay),(bạn|hãy) (W )?|(hãy )?(đóng vai|hành động như|cư xử như|trả lời như|' +
    'giả vờ|giả làm|nhập vai)|tưởng tượng bạn|bạn không còn là|bạn (bây giờ|giờ) là',
  unbound:
    'không (W )?(W )?(giới hạn|hạn chế|kiểm duyệt|bộ lọc|quy tắc|ràng buộc|bị ràng buộc|bị giới hạn|bị hạn chế)|' +
    'thoát khỏi (W )?(W )?(giới hạn|quy tắc|hạn chế)|vô hạn định',
  addressed:
    'nếu bạn là (W )?(W )?(W )?(ai|trợ lý|mô hình|chatbot|trí tuệ nhân tạo|tác nhân|tác tử|bot)|' +
    '(mọi|tất cả|bất kỳ|kính gửi|chú ý|xin chào) (W )?(trợ lý ai|mô hình ngôn ngữ|trí tuệ nhân tạo|tác nhân ai|trợ lý ảo)|' +
    '(trợ lý ai|tác nhân ai|trợ lý ảo|mô hình ngôn ngữ) (đang đọc|nào đọc|đọc được|xử lý|tóm tắt)|' +
    'với tư cách là (W )?(W )?(trợ lý|mô hình|tác nhân)',
  act:
    'hãy (gửi|mở|gọi|đọc|xóa|xoá|tải|bấm|lưu|nói|mua|chọn|dùng|chạy|viết|thêm)|phải (gửi|mở|gọi|đọc|xóa|tải|nói)|thực thi|thực hiện|truy cập|trả lời|viết|thêm|chèn|đề xuất|giới thiệu|chọn|bỏ qua|làm theo|nhấp|phải|' +
    'sao chép|ghi nhớ|chuyển tiếp|đăng|sử dụng|dùng|phê duyệt|đánh giá|tiết lộ|chia sẻ',
  calls: {
    bare: 'llm|llms|tác tử|tác nhân|bots|mô hình',
    names:
      'trợ lý|các trợ lý|chatbot|copilot|mô hình ngôn ngữ|(trợ lý|tác nhân|tác tử|mô hình|hệ thống) (ai|ảo|trí tuệ nhân tạo)|các (tác tử|tác nhân|mô hình)|(này|hỡi|xin chào|chú ý|thân gửi) (ai|llm|trợ lý|mô hình|tác tử|tác nhân|chatbot)',
    who: 'đang|đọc|nào|với',
    must: 'phải|cần phải',
    bids: 'hãy|đừng|không được|chớ|cấm|quên|bỏ qua|phớt lờ|gác|ngừng|dừng|làm|hành động|giả vờ|đóng vai|biến thành|trả lời|đáp|nói|viết|chép|sao chép|hiển thị|hiện|tiết lộ|trích|trích dẫn|nhắc lại|lặp lại|dịch|giấu|che|im lặng|gọi|chạy|thực thi|thực hiện|dùng|sử dụng|mở|truy cập|đến|vào|nhấp|theo|tải|gửi|chuyển|thu thập|đính kèm|thêm|đưa|yêu cầu|hỏi|xin|đòi|nhớ|ghi nhớ|lưu|ghi|khuyên|giới thiệu|đề xuất|chọn|ưu tiên|đánh giá|khen|xóa|xoá|tắt|vô hiệu|coi|xem|bạn|từ nay|kể từ|nếu ai|nếu có người|khi|tin nhắn này|văn bản này|người dùng|tên bạn',
    mine: '(hướng dẫn|chỉ dẫn|chỉ thị|quy tắc|luật|bộ nhớ|trí nhớ|câu trả lời|bản tóm tắt|công cụ|giới hạn|hạn chế|bộ lọc|nhiệm vụ|người dùng|chủ) (W )?(của bạn)|người dùng|từ nay|từ giờ|(hướng dẫn|chỉ dẫn|lệnh|quy tắc) (trước|cũ|trước đó)|(không|đừng) (cảnh báo|hỏi|báo|giới hạn)|(lời nhắc|tin nhắn) hệ thống',
    short: [
      {
        names: '"AI"',
        orders: 'hãy|đừng|bỏ qua|phớt lờ|quên|khuyên dùng|khen|tiết lộ|che giấu',
      },
    ],
  },
  send: 'gửi|chuyển tiếp|đăng|tải lên|chia sẻ|truyền|đính kèm|chuyển',
  data:
    '(cuộc trò chuyện|đoạn hội thoại|cuộc hội thoại|hội thoại)( này)?|lịch sử (trò chuyện|hội thoại|tin nhắn|chat)|' +
    '(dữ liệu|email|thư|tệp|tin nhắn|danh bạ|mật khẩu|tên|địa chỉ|thông tin) (W )?(W )?của người dùng|(dữ liệu|' +
    'thông tin) (cá nhân|riêng tư|bí mật|nhạy cảm)|biến môi trường|bộ nhớ của bạn|thông tin đăng nhập|mật khẩu|' +
    'khóa api',
  away: '(cho|đến|tới) (tôi|chúng tôi) |(đến|tới|vào|lên) (địa chỉ|liên kết|đường dẫn|url|email|trang|số)',
}
