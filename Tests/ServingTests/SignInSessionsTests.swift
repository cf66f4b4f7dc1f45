import Serving
import Testing

struct SignInSessionsTests {
  @Test func anIdentifierIsRandomAndStandsForItsOwner() {
    let sessions = SignInSessions()
    let (first, second) = (sessions.begin("ada"), sessions.begin("ada"))
    #expect(first != second && first.count == 64)
    #expect(sessions.owner(of: first) == "ada" && sessions.owner(of: second) == "ada")
    #expect(sessions.owner(of: "") == nil && sessions.owner(of: String(first.dropLast())) == nil)
  }

  @Test func revokedOnesLetNobodyIn() {
    let sessions = SignInSessions()
    let (mine, other, bobs) = (sessions.begin("ada"), sessions.begin("ada"), sessions.begin("bob"))
    sessions.end(mine)
    #expect(sessions.owner(of: mine) == nil && sessions.owner(of: other) == "ada")
    sessions.endAll(of: "ada")
    #expect(sessions.owner(of: other) == nil && sessions.owner(of: bobs) == "bob")
  }

  @Test func theyRunOut() {
    let sessions = SignInSessions()
    let now = ContinuousClock.now
    let one = sessions.begin("ada", at: now)
    #expect(sessions.owner(of: one, at: now + .seconds(SignInSessions.seconds - 1)) == "ada")
    #expect(sessions.owner(of: one, at: now + .seconds(SignInSessions.seconds)) == nil)
  }

  @Test func oneOwnerHasSoManyAtMost() {
    let sessions = SignInSessions()
    let now = ContinuousClock.now
    let bobs = sessions.begin("bob", at: now)
    let all = (0...SignInSessions.mostEach).map { sessions.begin("ada", at: now + .seconds($0)) }
    let later = now + .seconds(100)
    #expect(sessions.owner(of: all[0], at: later) == nil)
    #expect(all.dropFirst().allSatisfy { sessions.owner(of: $0, at: later) == "ada" })
    #expect(sessions.owner(of: bobs, at: later) == "bob")
  }
}
