import GitValues
import Settings
import Store

/// Checks whose recorded pass was put to the test and turned out to be wrong: they depend on something they do not
/// declare. Their passes are not reused until their definition changes, or two weeks have gone by.
struct Quarantine: Codable, Sendable {
    var since: Timestamp
    /// The key under which it had passed.
    var key: String
    var check: String

    private static let length = 14 * 86_400.0

    private static func fact(_ key: CheckKey) -> String { "quarantine/" + key.definition }

    /// The quarantine that a key falls under; `nil` for none.
    static func of(_ key: CheckKey, _ store: borrowing Store) throws -> Quarantine? {
        guard let text = try store.fact(fact(key)), let known = try? JSONText.decode(Quarantine.self, from: text),
            Timestamp.now().seconds(since: known.since) < length
        else { return nil }
        return known
    }

    /// Judges the new run of a check that had passed under the same key. Returns what is to be told; `nil` when it
    /// passed again, or its run says nothing.
    static func judge(
        _ report: CheckReport, _ key: CheckKey, in request: ValidationRequest, _ cache: borrowing VerdictCache
    ) throws -> String? {
        switch report.outcome {
        case .flaky: return "'\(report.name)' had passed under the same key and was flaky now"
        case .failed: break
        case .passed, .timeout, .skipped, .cached, .cancelled: return nil
        }
        let note = Quarantine(since: .now(), key: key.hex, check: report.name)
        try cache.distrust(report.name, fact(key), try JSONText.encode(note))
        return
            "'\(report.name)' had passed under the same key and failed now: it depends on something that it does not "
            + "declare; its passes are not reused until it changes (see 'git validate explain \(report.name)')"
    }
}

extension CheckKey {
    /// A digest of how the check is defined: its command, its options and what it declares, not what that holds.
    var definition: String {
        let lines = parts.map { part in
            ["run", "check", "options"].contains(part.name) ? "\(part.name)=\(part.value)" : part.name
        }
        return SHA256.hex(Array(lines.joined(separator: "\u{0}").utf8))
    }
}
