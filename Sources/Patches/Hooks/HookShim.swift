import GitProcess
import HookInput

/// The script that git starts: it execs the hook helper by absolute path and falls back to what was there before.
///
/// Its text is `hooks/shim` of the project with the words between `@` filled in.
struct HookShim: Hashable, Sendable {
    /// The hook that was there before.
    enum Next: Hashable, Sendable {
        /// Kept beside the shim under another name.
        case kept
        /// In another folder, as `core.hooksPath` named it; relative paths hold where git runs hooks.
        case inFolder(String)
        /// In the hooks folder of whatever repository the hook runs for.
        case ofRepository
    }

    let event: String
    let helper: String
    let next: Next

    /// The script.
    var text: String {
        let options: String
        let path: String
        switch next {
        case .kept:
            path = "${0%/*}/\(event)\(HookCall.keptSuffix)"
            options = ""
        case .inFolder(let folder):
            path = shellWord(folder + "/" + event)
            options = "--watch \(shellWord(folder)) "
        case .ofRepository:
            path = "$(git rev-parse --git-common-dir)/hooks/\(event)"
            options = ""
        }
        var text = String(decoding: PackageResources.shim, as: UTF8.self)
        if next == .ofRepository {
            // Asking git takes longer than everything else here; only the fallback does.
            text = text.replacing("next=@next@\n", with: "")
                .replacing("--then \"$next\"", with: "--then-repository")
                .replacing("if [ -x \"$next\" ]", with: "next=\(path)\nif [ -x \"$next\" ]")
        }
        return text.replacing("@helper@", with: shellWord(helper)).replacing("@next@", with: path)
            .replacing("@options@ ", with: options).replacing("@event@", with: event)
    }

    /// Whether a file's content is this shim; its helper may be named by another path that leads to the same file.
    func isWritten(in content: [UInt8]?) -> Bool {
        guard let content else { return false }
        let text = String(decoding: content, as: UTF8.self)
        if text == self.text { return true }
        guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix("helper=") }),
            let named = unquotedShellWord(String(line.dropFirst(7))), leadToSameFile(named, helper)
        else { return false }
        return text == HookShim(event: event, helper: named, next: next).text
    }

    /// Whether a file's content is a shim of any version of ours.
    static func isShim(_ content: [UInt8]) -> Bool {
        String(decoding: content.prefix(200), as: UTF8.self).contains("\n# A hook of git-patch:")
    }
}

/// Whether both paths lead to one file that is there.
func leadToSameFile(_ first: String, _ second: String) -> Bool {
    resolvedPath(first).map { $0 == resolvedPath(second) } ?? false
}

/// Takes the quotes of `shellWord` away; `nil` for other text.
func unquotedShellWord(_ word: String) -> String? {
    guard word.count >= 2, word.hasPrefix("'"), word.hasSuffix("'") else { return nil }
    return String(word.dropFirst().dropLast()).replacing("'\\''", with: "'")
}

/// Quotes text for `sh`.
func shellWord(_ text: String) -> String { "'" + text.replacing("'", with: "'\\''") + "'" }
