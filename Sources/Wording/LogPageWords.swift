/// The words of a session's page: phrases by the log's own keys.
package struct LogPageWords: Sendable {
  /// The language.
  package let language: Language

  /// The words of a language.
  package init(_ language: Language) { self.language = language }

  /// A phrase of the report; a word without translation (a kind added later) stands as it is.
  package func callAsFunction(_ key: String) -> String {
    guard let pair = Self.words[key] else { return key }
    return language(pair.0, pair.1)
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
    "other": ("Other events", "أحداث أخرى"), "records": ("Records", "السجلات"),
    "checkpoints": ("Signed checkpoints", "نقاط تحقق موقّعة"),
    "cosignatures": ("Witness signatures", "توقيعات الشهود"),
    "findings": ("Faults found", "العيوب المكتشفة"), "unchecked": ("Not checked", "لم يُتحقق منه"),
    "exact": ("In the verifier's own words:", "بكلمات برنامج التحقق نفسه:"),
    "snapshot": ("snapshot", "لقطة"), "erasure": ("erasure", "محو"),
    "key_rotation": ("new key", "مفتاح جديد"),
    "monitor": ("monitor", "مراقبة"), "check": ("check", "فحص"), "finished": ("finished", "انتهت"),
    "analyze": ("analysis", "تحليل"), "forgery": ("forgery", "تزوير"), "spoof": ("spoof", "انتحال"),
    "blink": ("blink", "رمش"), "motion": ("motion", "حركة"), "parallax": ("parallax", "اختلاف المنظر"),
    "loop": ("loop", "تكرار"), "pulse": ("pulse", "نبض"), "injection": ("injection", "حقن صورة"),
    "quality": ("quality", "جودة"), "no_face": ("no face", "لا وجه"), "identity": ("identity", "هوية"),
    "issued": ("asked", "طُلب"), "passed": ("passed", "نجح"), "failed": ("failed", "فشل"),
    "timed_out": ("not in time", "انتهت المهلة"), "late": ("too late", "تأخر"),
    "mouth_open": ("open the mouth", "فتح الفم"), "turn_left": ("turn left", "الالتفات يسارًا"),
    "turn_right": ("turn right", "الالتفات يمينًا"), "nod": ("nod", "إيماءة"),
    "closer": ("come closer", "الاقتراب"), "look_up": ("look up", "رفع الذقن"),
    "tilt_left": ("lean left", "إمالة الرأس يسارًا"), "tilt_right": ("lean right", "إمالة الرأس يمينًا"),
    "turn_left_mouth_open": ("turn left, mouth open", "الالتفات يسارًا والفم مفتوح"),
    "turn_right_mouth_open": ("turn right, mouth open", "الالتفات يمينًا والفم مفتوح"),
    "tilt_left_mouth_open": ("lean left, mouth open", "إمالة الرأس يسارًا والفم مفتوح"),
    "tilt_right_mouth_open": ("lean right, mouth open", "إمالة الرأس يمينًا والفم مفتوح"),
    "opened": ("opened", "فُتحت"), "lost": ("lost", "فُقدت"), "reconnected": ("reconnected", "أُعيد الاتصال"),
    "pause": ("pause", "إيقاف مؤقت"), "resume": ("resume", "استئناف"),
    "retention": ("retention", "انتهاء مدة الحفظ"),
    "frames_lost": ("frames lost", "إطارات مفقودة"), "camera_lost": ("camera lost", "فُقدت الكاميرا"),
    "no_frames": ("no frames", "لا إطارات"), "overloaded": ("overloaded", "حمل زائد"),
    "paused": ("paused", "متوقف"),
    "pass": ("pass", "ناجح"), "fail": ("fail", "راسب"), "cancelled": ("cancelled", "أُلغي"),
    "the source ended": ("the source ended", "انتهى المصدر"), "time is up": ("time is up", "انتهى الوقت"),
    "interrupted": ("interrupted", "قُطعت"), "closed by the user": ("closed by the user", "أغلقها المستخدم"),
  ]
}
