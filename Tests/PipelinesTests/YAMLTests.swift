import Foundation
import SuiteTestSupport
import Testing

@testable import Pipelines

/// The reader against PyYAML, and against texts that mean harm.
struct YAMLTests {
    private static let texts = [
        "a: 1\nb:\n  - x\n  - {y: z, \"q\": 'it''s'}\n  - |\n    block\n      more\n\n    end\n",
        "on: push\n? complex\n: value\n\"k: v\": \"line\\nfeed \\u00e9\"\nfolded: >-\n  one\n  two\n\n  three\nlast: plain\n  goes on\n",
        "base: &b\n  x: 1\n  y: [1, 2]\ncopy: *b\nlist: [*b, *b]\nempty:\nnull1: ~\n",
        "# comment\n\n---\nkey: \"two\n  lines\"\nnext: |+\n  kept\n\n\nafter: {a: [b, {c: d}], e: }\n...\n", "",
        "just text", "- a\n- - b\n  - c\n",
    ]

    @Test(.enabled(if: Oracles.python != nil), arguments: texts)
    func itReadsWhatPyYAMLReads(text: String) async throws {
        let script = """
            import sys, yaml
            def show(n, out):
                if isinstance(n, yaml.ScalarNode): out.append("%d S %r" % (n.start_mark.line + 1, n.value.encode()))
                elif isinstance(n, yaml.SequenceNode):
                    out.append("L"); [show(x, out) for x in n.value]; out.append("l")
                else:
                    out.append("M")
                    for k, v in n.value: show(k, out); show(v, out)
                    out.append("m")
            out = []
            node = yaml.compose(open(sys.argv[1]).read())
            if node is not None: show(node, out)
            print("\\n".join(out))
            """
        try await Scratch.with { scratch in
            let file = scratch.path + "/x.yml"
            try Data(text.utf8).write(to: URL(fileURLWithPath: file))
            let result = try await runCommand(
                Oracles.python ?? "python3", ["-c", script, file], in: scratch.path, environment: ["LC_ALL": "C.UTF-8"])
            #expect(result.succeeded, "\(result)")
            var lines: [String] = []
            let node = try YAMLReader.read(Array(text.utf8), path: "x")
            if !text.isEmpty { Self.show(node, &lines) }
            // PyYAML keeps the line of an alias's target; ours is where the alias stands.
            let theirs = result.trimmed.split(separator: "\n").map {
                Self.normal(String($0), hasAliases: text.contains("*b"))
            }
            #expect(lines.map { Self.normal($0, hasAliases: text.contains("*b")) } == theirs)
        }
    }

    private static func show(_ node: YAMLNode, _ lines: inout [String]) {
        switch node.content {
        case .scalar(let text, _): lines.append("\(node.line) S \(text)")
        case .sequence(let items):
            lines.append("L")
            for item in items { show(item, &lines) }
            lines.append("l")
        case .mapping(let pairs):
            lines.append("M")
            for pair in pairs {
                show(pair.key, &lines)
                show(pair.value, &lines)
            }
            lines.append("m")
        }
    }

    /// One line of both listings: Python writes bytes with escapes.
    private static func normal(_ line: String, hasAliases: Bool) -> String {
        guard let mark = line.range(of: " S ") else { return line }
        var text = String(line[mark.upperBound...])
        if text.hasPrefix("b'") || text.hasPrefix("b\"") { text = String(text.dropFirst(2).dropLast()) }
        text = text.replacing("\\\\xc3\\\\xa9", with: "é").replacing("\\xc3\\xa9", with: "é").replacing(
            "\n", with: "\\n")
        return hasAliases ? text : line[..<mark.lowerBound] + " " + text
    }

    @Test func textsThatMeanHarmAreRefused() throws {
        let deep = String(repeating: "[", count: 5000)
        #expect(throws: YAMLProblem.self) { try YAMLReader.read(Array(deep.utf8), path: "x") }
        var bomb = "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
        for (old, new) in zip("abcdefg", "bcdefgh") {
            bomb += "\(new): &\(new) [" + Array(repeating: "*\(old)", count: 10).joined(separator: ",") + "]\n"
        }
        #expect(throws: YAMLProblem.self) { try YAMLReader.read(Array(bomb.utf8), path: "x") }
        for text in ["a: [", "a: b: c", "\"", "*nothing", "\u{0}", "a:\n\t- b", "%YAML 9.9\n---\na", "- a\nb: c"] {
            #expect(throws: YAMLProblem.self, "\(text)") { try YAMLReader.read(Array(text.utf8), path: "x") }
        }
        #expect(throws: YAMLProblem.self) { try YAMLReader.read([0xFF, 0xFE, 0xFD], path: "x") }
    }
}
