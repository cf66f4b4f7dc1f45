public import Wording

/// The words of the identity check in one language. Never a score, never more than one thing to do at a time.
public struct KioskWords: Sendable {
  private let language: Language

  /// The words of a language.
  public init(_ language: Language) { self.language = language }

  private func pick(_ english: String, _ arabic: String) -> String { language(english, arabic) }

  /// The one sentence of a prompt.
  public func sentence(_ prompt: CheckPrompt) -> String {
    switch prompt {
    case .lookStraight(let advice):
      advice == .none ? pick("Stay like this", "ابق هكذا") : self.advice(advice) ?? straight
    case .wait: pick("Wait", "انتظر")
    case .perform(let gesture, let count, _): request(gesture, count)
    case .light(.announced):
      pick(
        "Keep still: the screen now lights up in soft colours", "ابق ثابتا: ستضيء الشاشة الآن بألوان هادئة")
    case .light: pick("Keep still", "ابق ثابتا")
    case .comeBack: pick("Now look straight again", "الآن عد وانظر إلى الأمام")
    case .finished(let result): decision(result.decision)
    }
  }

  private var straight: String { pick("Look straight at the camera", "انظر مباشرة إلى الكاميرا") }

  /// What to do, and how often. Left and right are the person's own.
  public func request(_ gesture: Gesture, _ count: Int) -> String {
    let twice = count > 1
    return switch gesture {
    case .blink:
      twice ? pick("Blink twice", "ارمش بعينيك مرتين") : pick("Blink once", "ارمش بعينيك مرة واحدة")
    case .mouthOpen:
      twice
        ? pick("Open and close your mouth twice", "افتح فمك وأغلقه مرتين")
        : pick("Open your mouth and close it", "افتح فمك ثم أغلقه")
    case .turnLeft: pick("Turn your head to the left", "أدر رأسك إلى اليسار")
    case .turnRight: pick("Turn your head to the right", "أدر رأسك إلى اليمين")
    case .nod: pick("Nod: chin down and up again", "أنزل ذقنك ثم ارفعه")
    case .lookUp: pick("Lift your chin and lower it again", "ارفع ذقنك ثم أنزله")
    case .tiltLeft: pick("Lean your head to your left shoulder", "أمل رأسك نحو كتفك الأيسر")
    case .tiltRight: pick("Lean your head to your right shoulder", "أمل رأسك نحو كتفك الأيمن")
    case .turnLeftMouth:
      pick("Open your mouth and turn your head to the left", "افتح فمك وأدر رأسك إلى اليسار")
    case .turnRightMouth:
      pick("Open your mouth and turn your head to the right", "افتح فمك وأدر رأسك إلى اليمين")
    case .tiltLeftMouth:
      pick("Open your mouth and lean your head to the left", "افتح فمك وأمل رأسك إلى اليسار")
    case .tiltRightMouth:
      pick("Open your mouth and lean your head to the right", "افتح فمك وأمل رأسك إلى اليمين")
    case .closer: pick("Come closer to the camera", "اقترب من الكاميرا")
    }
  }

  /// Pass, fail or neither.
  public func decision(_ decision: CheckDecision) -> String {
    switch decision {
    case .pass: pick("Check passed. Thank you.", "نجح التحقق. شكرا لك.")
    case .fail: pick("Check not passed", "لم ينجح التحقق")
    case .undecided: pick("The check could not be finished", "تعذر إكمال التحقق")
    }
  }

  /// Advice in words; nil when there is none to give.
  public func advice(_ advice: CheckAdvice) -> String? {
    switch advice {
    case .none: nil
    case .lookStraight: straight
    case .moreLight: pick("More light on your face, please", "نحتاج إلى ضوء أكثر على وجهك")
    case .lessLight: pick("Too bright: turn away from the light", "الضوء شديد: ابتعد عن مصدر الضوء")
    case .focus:
      pick("Not sharp: move a little, or clean the lens", "الصورة غير واضحة: تحرك قليلا أو نظف العدسة")
    case .uncover: pick("Please uncover your whole face", "من فضلك اكشف وجهك كاملا")
    case .comeCloser: pick("Come closer to the camera", "اقترب من الكاميرا")
    case .onePerson: pick("One person only, please", "شخص واحد فقط من فضلك")
    case .followPrompt:
      pick("Wait for each prompt, then do just that", "انتظر كل تعليمة ثم نفذها كما هي")
    case .stay: pick("Stay in front of the camera until the end", "ابق أمام الكاميرا حتى النهاية")
    case .mirroredCamera:
      pick("Left and right came the wrong way round. Ask the staff.", "انعكس اليمين واليسار. اسأل الموظف.")
    case .otherWay: pick("Ask the staff for another way", "اطلب من الموظف طريقة أخرى")
    case .callStaff:
      pick("There is a fault with the camera. Ask the staff.", "يوجد عطل في الكاميرا. اسأل الموظف.")
    }
  }

  /// "Step 2 of 4".
  public func step(_ number: Int, of count: Int) -> String {
    pick("Step \(number) of \(count)", "الخطوة \(number) من \(count)")
  }

  /// How often a gesture was seen, when it is asked for more than once.
  public func times(_ done: Int, of count: Int) -> String {
    pick("\(done) of \(count)", "\(done) من \(count)")
  }

  /// Too many failures: when to try again.
  public func locked(seconds: Double) -> String {
    let minutes = max(1, Int((seconds / 60).rounded(.up)))
    switch (language, minutes) {
    case (.english, 1): return "Too many attempts. Try again in a minute."
    case (.english, _): return "Too many attempts. Try again in \(minutes) minutes."
    case (.arabic, 1): return "محاولات كثيرة. حاول مرة أخرى بعد دقيقة."
    case (.arabic, 2): return "محاولات كثيرة. حاول مرة أخرى بعد دقيقتين."
    case (.arabic, 3...10): return "محاولات كثيرة. حاول مرة أخرى بعد \(minutes) دقائق."
    case (.arabic, _): return "محاولات كثيرة. حاول مرة أخرى بعد \(minutes) دقيقة."
    }
  }

  /// That the screen will light the face, before it does.
  public var lightNotice: String {
    pick(
      "At the end the screen changes colour for 4 seconds, at most 3 times a second.",
      "في النهاية يتغير لون الشاشة لمدة 4 ثوان، 3 مرات في الثانية على الأكثر.")
  }

  /// The button that refuses it; the space bar does the same.
  public var refuseLight: String { pick("No light, please", "بدون إضاءة من فضلك") }

  /// For a person who cannot do a gesture.
  public var otherWay: String {
    pick(
      "If you cannot do this, ask the staff for another way.", "إذا تعذر عليك ذلك فاطلب من الموظف طريقة أخرى."
    )
  }
}
