public import Observations

/// The words of one language: one table for window, identity check and reports.
///
/// Numbers keep European digits in both languages, the same as in logs and JSON.
public struct Words: Sendable {
  /// The language.
  public let language: Language

  /// The words of a language.
  public init(_ language: Language) { self.language = language }

  private func pick(_ english: String, _ arabic: String) -> String { language(english, arabic) }

  /// The picture on the screen is not of now.
  public var noNewPicture: String { pick("no new picture", "لا توجد صورة جديدة") }

  /// The picture is shown so many milliseconds after it was taken.
  public func latePicture(_ milliseconds: Double) -> String {
    let number = Int(milliseconds.rounded())
    return pick("picture \(number) ms late", "الصورة متأخرة \(number) ms")
  }

  /// The word of a verdict.
  public func verdict(_ label: VerdictLabel) -> String {
    switch label {
    case .live: pick("LIVE", "حي")
    case .suspect: pick("SUSPECT", "مشتبه به")
    case .fake: pick("FAKE", "مزيف")
    case .undecided: pick("UNDECIDED", "غير محسوم")
    }
  }

  /// What a cue looks at.
  public func cue(_ cue: Cue) -> String {
    switch cue {
    case .forgery: pick("forgery network", "شبكة كشف التزييف")
    case .spoof: pick("spoof network", "شبكة كشف الانتحال")
    case .liveness: pick("liveness", "الحيوية")
    case .blink: pick("blinks", "رمش العين")
    case .mouth: pick("mouth motion", "حركة الفم")
    case .motion: pick("face motion", "حركة الوجه")
    case .parallax: pick("depth by parallax", "العمق بالإزاحة")
    case .loop: pick("repeated motion", "حركة متكررة")
    case .unrest: pick("small unrest", "اهتزاز خفيف")
    case .pulse: pick("pulse", "النبض")
    case .pulseAgreement: pick("pulse alike everywhere", "تطابق النبض")
    case .lips: pick("lips with the voice", "توافق الشفاه مع الصوت")
    case .lipDelay: pick("voice behind the lips", "تأخر الصوت عن الشفاه")
    case .lipRest: pick("voice while the lips rest", "صوت والشفاه ساكنة")
    case .injection: pick("camera genuine", "أصالة الكاميرا")
    case .quality: pick("picture quality", "جودة الصورة")
    case .noFace: pick("face", "الوجه")
    case .challenge: pick("challenge", "التحدي")
    case .identity: pick("same person", "الشخص نفسه")
    }
  }

  /// Why something cannot be said.
  public func unavailable(_ reason: UnavailableReason) -> String {
    switch reason {
    case .noModel: pick("none installed", "غير مثبتة")
    case .stale: pick("score too old", "النتيجة قديمة")
    case .noFace: pick("no face", "لا يوجد وجه")
    case .pose: pick("face turned away", "الوجه ملتفت")
    case .tooSmall: pick("face too small", "الوجه صغير جدا")
    case .lowLight: pick("too dark for it", "الضوء لا يكفي لذلك")
    case .tooDark: pick("too dark", "الإضاءة ضعيفة")
    case .tooBright: pick("too bright", "الإضاءة شديدة")
    case .outOfFocus: pick("out of focus", "خارج التركيز")
    case .covered: pick("face covered", "الوجه مغطى")
    case .tooFewFrames: pick("seen too briefly", "ظهر لوقت قصير")
    case .blurred: pick("blurred", "الصورة ضبابية")
    case .motion: pick("too much motion", "حركة زائدة")
    case .frameRate: pick("too few frames", "إطارات قليلة")
    case .occluded: pick("face hidden", "الوجه محجوب")
    case .stillPicture: pick("still picture", "صورة ثابتة")
    case .fault: pick("failed, see log", "عطل، انظر السجل")
    case .fewColors: pick("too few colors (GIF)", "ألوان قليلة (GIF)")
    case .damaged: pick("picture damaged", "الصورة تالفة")
    case .switchedOff: pick("switched off", "متوقفة")
    case .notValidated: pick("off: not validated", "متوقفة: غير موثوقة")
    case .noSound: pick("no sound", "لا صوت")
    case .overloaded: pick("computer too slow", "الحاسوب بطيء")
    }
  }

  /// What a person may do so that a face can be judged.
  public func advice(_ advice: VisibilityAdvice) -> String {
    switch advice {
    case .moreLight: pick("More light on the face", "سلط ضوءا أكثر على الوجه")
    case .lessLight: pick("Less light, and none from behind", "خفف الضوء وتجنب الضوء الخلفي")
    case .focus: pick("Focus the camera or clean its lens", "اضبط تركيز الكاميرا أو نظف العدسة")
    case .comeCloser: pick("Come closer to the camera", "اقترب من الكاميرا")
    case .uncover: pick("Uncover the whole face", "اكشف الوجه كاملا")
    case .lookStraight: pick("Look at the camera", "انظر إلى الكاميرا")
    case .stay: pick("Stay in front of the camera longer", "ابق أمام الكاميرا مدة أطول")
    }
  }

  /// More has to be seen before something can be said.
  public func pending(observed: String, required: String) -> String {
    pick("waiting, \(observed) of \(required)", "انتظار، \(observed) من \(required)")
  }

  /// A cue that was measured and took no part in the verdict.
  public var notUsed: String { pick("not used", "للعلم فقط") }

  /// The side a reason speaks for.
  public func side(against: Bool) -> String { against ? pick("against", "ضد") : pick("for", "مع") }

  /// Phases that need a word.
  public func phase(_ phase: TrackPhase) -> String? {
    switch phase {
    case .tentative: pick("new", "جديد")
    case .confirmed: nil
    case .coasting: pick("hidden", "محجوب")
    }
  }

  /// Single words of the window.
  public func word(_ word: Word) -> String {
    let (english, arabic) = word.texts
    return pick(english, arabic)
  }

  /// A count with its noun, for the bar at the top.
  public func faces(_ count: Int) -> String {
    switch (language, count) {
    case (.english, 1): "1 face"
    case (.english, _): "\(count) faces"
    case (.arabic, 0): "لا وجوه"
    case (.arabic, 1): "وجه واحد"
    case (.arabic, 2): "وجهان"
    case (.arabic, 3...10): "\(count) وجوه"
    case (.arabic, _): "\(count) وجها"
    }
  }

  /// The keys and what they do.
  public var keys: [(key: String, does: String)] {
    [
      ("Q  Esc", pick("quit", "خروج")), (pick("Space", "مسافة"), pick("pause", "إيقاف مؤقت")),
      (".", pick("one frame on (file)", "الإطار التالي (ملف)")),
      ("L", pick("landmarks", "معالم الوجه")), ("I", pick("details", "التفاصيل")),
      ("S", pick("snapshot", "لقطة")), ("F", pick("full screen", "ملء الشاشة")),
      ("?", pick("this help", "هذه المساعدة")),
    ]
  }
}

/// Single words of the window.
public enum Word: CaseIterable, Sendable {
  /// The words, in the order of use.
  case score, waiting, framesPerSecond, lost, dropped, unlit, paused, keys, yaw, pitch, noFace, helpHint,
    beats,
    overLimit,
    underLimit, atLimit

  var texts: (String, String) {
    switch self {
    case .score: ("live score", "درجة الحيوية")
    case .waiting: ("waiting", "انتظار")
    case .framesPerSecond: ("fps", "إطار/ث")
    case .lost: ("lost", "مفقود")
    case .dropped: ("dropped", "متروك")
    case .unlit: ("unlit", "غير مضاء")
    case .paused: ("PAUSED", "متوقف")
    case .keys: ("Keys", "المفاتيح")
    case .yaw: ("yaw", "التفات")
    case .pitch: ("pitch", "إمالة")
    case .noFace: ("No face in view", "لا وجه في الصورة")
    case .helpHint: ("? help", "? مساعدة")
    case .beats: ("bpm", "نبضة/د")
    case .overLimit: ("over", "فوق")
    case .underLimit: ("under", "دون")
    case .atLimit: ("at", "عند")
    }
  }
}
