import Manual

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Fills a hand-written manual page with what a tool tells of its command line.
///
/// Usage: `TOOL --experimental-dump-help | make-manual docs/man/TOOL.man`. It is run by `install.sh` and not installed.
@main
enum Main {
    static func main() throws {
        guard CommandLine.arguments.count == 2, let text = contents(of: CommandLine.arguments[1]) else {
            throw Problem(description: "usage: TOOL --experimental-dump-help | make-manual PAGE")
        }
        var input = ""
        while let line = readLine(strippingNewline: false) { input += line }
        let tool = try JSONDecoder().decode(ToolDescription.self, from: Data(input.utf8))
        print(ManualPage(tool).fill(text), terminator: "")
    }

    private static func contents(of path: String) -> String? {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
    }
}

private struct Problem: Error, CustomStringConvertible {
    let description: String
}
