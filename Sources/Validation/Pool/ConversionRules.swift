import GitValues
import Settings

/// What besides the tree decides how git writes a file.
enum ConversionRules {
    private static let keys = [
        "core.autocrlf", "core.eol", "core.symlinks", "core.filemode", "core.attributesfile", "core.ignorecase",
        "core.precomposeunicode", "core.checkroundtripencoding",
    ]

    /// A digest of the settings; content that was converted under other ones is written again.
    static func digest(_ settings: Settings) -> String {
        var lines = keys.map { "\($0)=\(settings.string($0) ?? "")" }
        for filter in settings.subsections(of: "filter") {
            for key in ["clean", "smudge", "process"] {
                lines.append("\(filter).\(key)=\(settings.string("filter.\(filter).\(key)") ?? "")")
            }
        }
        return SHA256.hex(Array(lines.joined(separator: "\n").utf8))
    }
}
