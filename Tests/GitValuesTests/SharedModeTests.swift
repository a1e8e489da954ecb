import GitValues
import Testing

/// What `core.sharedRepository` makes of modes; `SharedRepositoryTests` compares with git itself.
struct SharedModeTests {
    @Test(arguments: ["umask", "false", "no", "off", "0", "", "0400", "nonsense", "-1"])
    func theUmaskAloneCounts(value: String) { #expect(SharedMode(value) == nil) }

    @Test(arguments: ["group", "true", "yes", "on", "1", nil])
    func theGroupMayWhatTheOwnerMay(value: String?) throws {
        let rule = try #require(SharedMode(value))
        #expect(rule.mode(0o600, isFolder: false) == 0o660)
        #expect(rule.mode(0o644, isFolder: false) == 0o664)
        #expect(rule.mode(0o444, isFolder: false) == 0o444)
        #expect(rule.mode(0o400, isFolder: false) == 0o440)
        #expect(rule.mode(0o755, isFolder: false) == 0o775)
        #expect(rule.mode(0o700, isFolder: true) == 0o2770)
        #expect(rule.mode(0o755, isFolder: true) == 0o2775)
    }

    @Test(arguments: ["all", "world", "everybody", "2"])
    func everybodyMayRead(value: String) throws {
        let rule = try #require(SharedMode(value))
        #expect(rule.mode(0o600, isFolder: false) == 0o664)
        #expect(rule.mode(0o700, isFolder: true) == 0o2775)
    }

    @Test func aNumberReplacesTheUmask() throws {
        let rule = try #require(SharedMode("0640"))
        #expect(rule.mode(0o666, isFolder: false) == 0o640)
        #expect(rule.mode(0o444, isFolder: false) == 0o440)
        #expect(rule.mode(0o777, isFolder: true) == 0o2750)
        let own = try #require(SharedMode("0600"))
        #expect(own.mode(0o644, isFolder: false) == 0o600)
        #expect(own.mode(0o755, isFolder: true) == 0o700)
    }
}
