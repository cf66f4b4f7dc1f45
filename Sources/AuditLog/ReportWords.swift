/// The language of a report.
public enum ReportLanguage: String, Sendable, CaseIterable {
  /// English.
  case english = "en"
  /// Arabic, written from right to left.
  case arabic = "ar"

  var direction: String { self == .arabic ? "rtl" : "ltr" }

  /// A phrase of the report; a word without translation (a kind added later) stands as it is.
  func callAsFunction(_ key: String) -> String {
    guard let pair = Self.words[key] else { return key }
    return self == .arabic ? pair.1 : pair.0
  }

  private static let words: [String: (String, String)] = [
    "title": ("Session report", "تقرير الجلسة"), "session": ("Session", "الجلسة"),
    "started": ("Started (UTC)", "البداية (UTC)"), "ended": ("Ended (UTC)", "النهاية (UTC)"),
    "purpose": ("Purpose", "الغرض"), "device": ("Device", "الجهاز"), "result": ("Result", "النتيجة"),
    "program": ("Program version", "إصدار البرنامج"), "models": ("Networks", "الشبكات"),
    "calibrations": ("Calibrations", "المعايرات"), "scores": ("Scores over time", "الدرجات عبر الزمن"),
    "risk": ("Risk", "الخطر"), "liveness": ("Liveness", "الحيوية"), "blinks": ("Blinks", "الرمشات"),
    "mouth": ("Mouth openings", "فتحات الفم"), "challenges": ("Challenges", "التحديات"),
    "events": ("Events", "الأحداث"), "time": ("Time", "الوقت"), "kind": ("Kind", "النوع"),
    "detail": ("Detail", "التفاصيل"), "seconds": ("seconds since the start", "ثوانٍ منذ البداية"),
    "verification": ("Verification", "التحقق"), "good": ("The log verifies.", "تم التحقق من السجل."),
    "bad": ("The log DOES NOT VERIFY.", "لم ينجح التحقق من السجل."), "track": ("Track", "المسار"),
    "none": ("No scores were recorded.", "لم تُسجَّل أي درجات."), "live": ("live", "حي"),
    "fake": ("fake", "مزيف"), "suspect": ("suspect", "مشتبه به"), "undecided": ("undecided", "غير محسوم"),
    "unfinished": ("unfinished", "غير مكتملة"), "session_start": ("session start", "بداية الجلسة"),
    "session_end": ("session end", "نهاية الجلسة"), "verdict": ("verdict", "الحكم"),
    "challenge": ("challenge", "تحدٍّ"), "operator": ("operator", "المشغّل"), "camera": ("camera", "الكاميرا"),
    "gap": ("gap", "فجوة"), "clock_step": ("clock step", "قفزة الساعة"), "recovery": ("recovery", "استعادة"),
    "snapshot": ("snapshot", "لقطة"), "erasure": ("erasure", "محو"),
    "key_rotation": ("new key", "مفتاح جديد"),
    "monitor": ("monitor", "مراقبة"), "check": ("check", "فحص"), "finished": ("finished", "انتهت"),
  ]
}
