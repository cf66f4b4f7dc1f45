import Overlay

/// The words of the result page that the window does not have.
struct RecordingPageWords: Sendable {
  let title, caution, frames, framesPerSecond, seconds, unreadable, madeBy, face, risk, framesWithFace, cue,
    value, limit, side, plot, liveness, blinks, mouth: String

  init(_ language: Language) {
    func pick(_ english: String, _ arabic: String) -> String { language == .arabic ? arabic : english }
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
    risk = pick("risk", "الخطر")
    framesWithFace = pick("frames in which the face was seen", "الإطارات التي ظهر فيها الوجه")
    cue = pick("Cue", "المؤشر")
    value = pick("Value", "القيمة")
    limit = pick("Limit", "الحد")
    side = pick("Speaks", "يشير")
    plot = pick("risk and liveness over time, in seconds", "الخطر والحيوية عبر الزمن بالثواني")
    liveness = pick("liveness", "الحيوية")
    blinks = pick("blinks", "رمش العين")
    mouth = pick("mouth", "الفم")
  }
}
