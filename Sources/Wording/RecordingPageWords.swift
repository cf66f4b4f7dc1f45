/// The words of the result page that the window does not have.
package struct RecordingPageWords: Sendable {
  package let title, caution, frames, framesPerSecond, seconds, unreadable, madeBy, face, risk,
    framesWithFace, cue,
    value, limit, side, plot, liveness, blinks, mouth, deciding, reported, speaksAgainst, nothingAgainst,
    notMeasured,
    becauseNoFace, becauseTogether, becausePicture, becauseWeak, becauseMissing, comma, damaged, heat,
    calibration, version, file, notJudged: String
  private let language: Language

  package init(_ language: Language) {
    self.language = language
    func pick(_ english: String, _ arabic: String) -> String { language(english, arabic) }
    title = pick("Vigil: results of recordings", "فيجيل: نتائج التسجيلات")
    caution = pick(
      "Each result is what the measured cues say, for a person to decide by. A value that could not be measured is named, never guessed.",
      "كل نتيجة هي ما تقوله المؤشرات المقيسة، والقرار للإنسان. القيمة التي تعذر قياسها تسمى ولا تخمن.")
    frames = pick("frames", "إطار")
    framesPerSecond = pick("frames a second", "إطار في الثانية")
    seconds = pick("seconds", "ثانية")
    unreadable = pick("could not be read", "تعذرت القراءة")
    madeBy = pick("Made by", "أعد بواسطة")
    face = pick("Face", "الوجه")
    risk = pick("Risk of an attack", "خطر الهجوم")
    framesWithFace = pick("frames in which the face was seen", "الإطارات التي ظهر فيها الوجه")
    notJudged = pick("Not judged", "لم يحكم عليها")
    cue = pick("Sign", "المؤشر")
    value = pick("Measured", "المقيس")
    limit = pick("Limit", "الحد")
    side = pick("Says", "الدلالة")
    plot = pick("risk and liveness over time, in seconds", "الخطر والحيوية عبر الزمن بالثواني")
    liveness = pick("liveness", "الحيوية")
    blinks = pick("blinks", "رمش العين")
    mouth = pick("mouth", "الفم")
    deciding = pick("What decides", "ما يقرر الحكم")
    reported = pick("Also measured, decides nothing", "قيس أيضا ولا يقرر شيئا")
    speaksAgainst = pick("speaks against", "يشهد ضده")
    nothingAgainst = pick("nothing against", "لا شيء ضده")
    notMeasured = pick("not measured", "لم يقس")
    becauseNoFace = pick(
      "No face was found that is large and clear enough to be judged.",
      "لم يعثر على وجه كبير وواضح بما يكفي للحكم عليه.")
    becauseTogether = pick(
      "No single sign passed its limit, but together they do.",
      "لم تتجاوز أي علامة حدها وحدها، لكنها تجاوزته مجتمعة.")
    becausePicture = pick(
      "A single picture shows no sign of life, and the networks alone do not decide.",
      "لا تظهر الصورة المفردة علامة حياة، والشبكات وحدها لا تقرر.")
    becauseWeak = pick(
      "What was seen is too weak for a verdict in either direction.",
      "ما شوهد أضعف من أن يحكم به في أي من الاتجاهين.")
    becauseMissing = pick("Too little could be seen for a verdict", "ما أمكنت رؤيته أقل من أن يكفي للحكم")
    comma = pick(", ", "، ")
    damaged = pick("The file is damaged, so less is certain", "الملف تالف، فاليقين أقل")
    heat = pick(
      "Red and yellow: where a network sees what speaks against this face.",
      "الأحمر والأصفر: حيث ترى شبكة ما يشهد ضد هذا الوجه.")
    calibration = pick("Calibration", "المعايرة")
    version = pick("Version", "الإصدار")
    file = pick("File", "الملف")
  }

  private func pick(_ english: String, _ arabic: String) -> String { language(english, arabic) }

  package func against(_ cue: String, _ value: String, _ limit: String?) -> String {
    guard let limit else {
      return pick("What speaks against it: \(cue) (\(value)).", "ما يشهد ضده: \(cue) (\(value)).")
    }
    return pick(
      "What speaks against it: \(cue), \(value), where the limit is \(limit).",
      "ما يشهد ضده: \(cue)، \(value)، والحد \(limit).")
  }

  package func live(_ liveness: String, forgery: String, spoof: String) -> String {
    pick(
      "A living person was seen (signs of life \(liveness)), and neither network speaks against the face: forgery \(forgery), replay \(spoof).",
      "شوهد إنسان حي (علامات الحياة \(liveness))، ولا تشهد أي شبكة ضد الوجه: التزوير \(forgery)، إعادة العرض \(spoof)."
    )
  }

  package func atLeast(_ limit: String) -> String {
    pick("at least \(limit) wanted", "المطلوب \(limit) على الأقل")
  }
  package func from(_ limit: String) -> String {
    pick("counts against from \(limit)", "يحسب ضده من \(limit)")
  }
  package func under(_ percent: String) -> String { pick("under \(percent) %", "أقل من \(percent) %") }
  package func over(_ percent: String) -> String { pick("over \(percent) %", "أكثر من \(percent) %") }
  package func ofEyeDistance(_ percent: String) -> String {
    pick("\(percent) % of the eye distance", "\(percent) % من المسافة بين العينين")
  }
  package func depth(_ value: String) -> String {
    pick("\(value) (0: as flat as a print)", "\(value) (صفر: مسطح كالمطبوع)")
  }
  package func aMinute(_ beats: String) -> String {
    pick("\(beats) beats a minute, not validated", "\(beats) نبضة في الدقيقة، غير موثوقة")
  }
  package func moment(_ second: String) -> String {
    pick("At \(second) s: the moment that decided.", "عند \(second) ث: اللحظة التي حسمت الحكم.")
  }
}
