import Surroundings
import Testing

@Suite struct SafeAddressTests {
  /// Every way in which cameras take secrets; none of the words may be shown.
  @Test(arguments: [
    "rtsp://admin:Secr3tPw@10.0.0.5:554/live", "rtsp://admin:pa/Secr3tPw@10.0.0.5/live",
    "rtsp://admin:12/Secr3tPw@10.0.0.5/live", "rtsp://admin:p@Secr3tPw@10.0.0.5/live",
    "rtsp://admin:p%2FSecr3tPw@10.0.0.5/live", "http://10.0.0.5/video?user=bob&password=Secr3tPw",
    "http://10.0.0.5/video?%70assword=Secr3tPw", "http://10.0.0.5/video?x=Secr3tPw",
    "http://10.0.0.5/video?Secr3tPw",
    "rtsp://10.0.0.5/user=admin_password=Secr3tPw_channel=1_stream=0.sdp",
    "rtsp://10.0.0.5/user=admin_password=a_Secr3tPw_channel=1",
    "rtsp://10.0.0.5/user=admin&password=pa/Secr3tPw&channel=1",
    "rtsp://10.0.0.5/user%3Dadmin_password%3DSecr3tPw", "rtsp://10.0.0.5/admin/Secr3tPw/live",
    "rtsps://10.0.0.5:7441/Secr3tPw?enableSrtp", "http://10.0.0.5/video#Secr3tPw",
    "http://10.0.0.5/video;pwd=Secr3tPw",
    "RTSP://ADMIN:Secr3tPw@10.0.0.5/live", "rtmp://admin:Secr3tPw@10.0.0.5/live", "http://admin:Secr3tPw",
    "http://10.0.0.5/v?email=a@Secr3tPw", "rtsp://admin:Secr3tPw@[fe80::1]:554/live",
    "rtsp://:Secr3tPw@10.0.0.5/",
    "rtsp:///Secr3tPw@x", "http://10.0.0.5/channel=Secr3tPw", "http://10.0.0.5/v?channel=1=Secr3tPw",
    "http://10.0.0.5\\Secr3tPw@x/", "srt://10.0.0.5:9000?passphrase=Secr3tPw",
    "http://10.0.0.5/live?token=Secr3tPw",
    "http://10.0.0.5/video?password=x&y=Secr3tPw", "http://10.0.0.5/live.Secr3tPw.sdp",
    "http://10.0.0.5/live%20Secr3tPw",
  ]) func noSecretIsShown(address: String) {
    let shown = SafeAddress(address).description
    #expect(!shown.contains("Secr3tPw"), "\(shown)")
    #expect(!shown.lowercased().contains("admin") || shown.contains("***"), "\(shown)")
    // In a sentence too, and what is shown once stays as it is.
    #expect(!SafeAddress.inText("vigil: \(address): no stream there").contains("Secr3tPw"))
    #expect(SafeAddress(shown).description == shown)
    #expect(SafeAddress.inText(shown) == shown)
  }

  /// What tells cameras apart stays.
  @Test(arguments: [
    "http://127.0.0.1:18099/video", "rtsp://10.0.0.5/live/ch00_0",
    "rtsp://[fe80::1]:554/Streaming/Channels/101",
    "rtsp://nvr.example/cam/realmonitor?channel=1&subtype=0", "rtsp://10.0.0.5:554/h264/ch1/main/av_stream",
    "http://127.0.0.1:9/", "http://10.0.0.5/axis-cgi/mjpg/video.cgi?resolution=640", "clip.mp4",
    "standard input",
  ]) func harmlessAddressesStayWhole(address: String) { #expect(SafeAddress(address).description == address) }

  @Test func passwordsAreCutOutAndTheRestStays() {
    #expect(SafeAddress("rtsp://u:p@10.0.0.5:554/live/1").description == "rtsp://10.0.0.5:554/live/1")
    #expect(
      SafeAddress("http://127.0.0.1:1/video?user=bob&password=x&channel=2").description
        == "http://127.0.0.1:1/video?user=***&password=***&channel=2")
    #expect(
      SafeAddress("rtsp://h/user=a_password=b_channel=1_stream=0.sdp").description
        == "rtsp://h/user=***_password=***_channel=1_stream=0.sdp")
    #expect(SafeAddress("rtsp://a:b/c@h/live").isAmbiguous && !SafeAddress("rtsp://a:b@h/live").isAmbiguous)
    #expect(
      SafeAddress.inText("opened rtsp://u:p@h/live, then 'http://h/x9k2q'.")
        == "opened rtsp://h/live, then 'http://h/***'.")
  }
}

@Suite struct ShownTextTests {
  @Test func commandsOfTerminalsAreEscaped() {
    #expect(
      ShownText.line("a\u{1B}[31mb\u{7}\nc\u{9B}2Jd\u{202E}e\u{7F}\t")
        == #"a\u001b[31mb\u0007\u000ac\u009b2Jd\u202ee\u007f\u0009"#)
    #expect(ShownText.lines("a\nb\tc\r") == "a\nb\tc" + #"\u000d"#)
    #expect(ShownText.line("Grüße, مرحبا") == "Grüße, مرحبا")
  }

  @Test func cellsAreNoFormulas() {
    #expect(TableCell.comma("=1+1") == "'=1+1")
    for start in ["+", "-", "@", "\t", "\r", "\n", "＝"] {
      #expect(TableCell.comma(start + "x").contains("'"))
    }
    #expect(TableCell.comma("@a,\"b\"") == "\"'@a,\"\"b\"\"\"")
    #expect(TableCell.comma("plain-name=1") == "plain-name=1")
    #expect(TableCell.tab("-a\tb\nc") == "'-a b c")
  }

  @Test func theNearestNameIsFound() {
    let names = ["policy", "max-faces", "lang", "log"]
    #expect(NearestName.of("polcy", among: names) == "policy")
    #expect(NearestName.of("MAX_FACES", among: names) == "max-faces")
    #expect(NearestName.of("plocy", among: names) == "policy")
    #expect(NearestName.of("temperature", among: names) == nil)
  }
}
