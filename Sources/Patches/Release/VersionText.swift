import GitValues
import Settings

/// The content of a file that holds the version of a project.
struct VersionText {
    /// How messages call it.
    let file: VersionFile
    let bytes: [UInt8]

    /// A place where a version stands.
    private struct Place {
        var range: Range<Int>
        var text: String
        var line: Int
    }

    /// The content with the new version in place of the last one; `nil` when it holds the new one already.
    ///
    /// Replaced is one place and never more: the only one with the last version, or the only one that the text around
    /// it fits. A file where it is not clear which one is meant is refused.
    func replacing(
        _ last: SemanticVersion?, with new: SemanticVersion
    ) throws(PatchProblem) -> [UInt8]? {
        let texts = [last, new].compactMap { $0?.description }
        var places = file.surroundings.map(places(within:)) ?? texts.flatMap(places(of:))
        // Before the first tag, a file that holds a version and nothing else tells which one is meant.
        if file.surroundings == nil, last == nil, let whole { places = [whole] }
        // The text around it fits once: whatever stands there is the version.
        if file.surroundings != nil, places.count > 1 {
            let all = places
            places.removeAll { !texts.contains($0.text) }
            if places.isEmpty { throw several(all) }
        }
        let isNew = places.contains { $0.text == new.description }
        let old = places.filter { $0.text != new.description }
        if isNew && old.isEmpty { return nil }
        guard let place = old.first else { throw nothing(last, new) }
        guard old.count == 1, !isNew else { throw several(places.sorted { $0.range.lowerBound < $1.range.lowerBound }) }
        var edited = bytes
        edited.replaceSubrange(place.range, with: Array(new.description.utf8))
        return edited
    }

    /// The version that the file holds, where that can be told without knowing it; else `nil`.
    var held: SemanticVersion? {
        guard let around = file.surroundings else { return whole.flatMap { SemanticVersion($0.text) } }
        let found = places(within: around)
        return found.count == 1 ? SemanticVersion(found[0].text) : nil
    }

    /// The version that is all there is in the file.
    private var whole: Place? {
        let text = bytes.drop { Self.isBlank($0) }
        guard let end = text.lastIndex(where: { !Self.isBlank($0) }) else { return nil }
        let place = place(text.startIndex..<(end + 1))
        return SemanticVersion(place.text) == nil ? nil : place
    }

    private func nothing(_ last: SemanticVersion?, _ new: SemanticVersion) -> PatchProblem {
        let name = file.path
        if let around = file.surroundings {
            return PatchProblem(
                .badRelease, "'\(name)' holds no version between '\(around.before)' and '\(around.after)'",
                paths: [name], hints: ["mend the file, or release.versionFile in .gitpatch"])
        }
        guard let last else {
            return PatchProblem(
                .badRelease, "there is no last version to look for in '\(name)', and '\(new)' is not in it",
                paths: [name],
                hints: ["tell what stands around it: [release] versionFile = \"\(name): version = {version}\""])
        }
        return PatchProblem(
            .badRelease, "the last version, \(last), is not in '\(name)'", paths: [name],
            hints: [
                "write it there, or tell what stands around it: [release] versionFile = \"\(name): version = {version}\""
            ])
    }

    private func several(_ places: [Place]) -> PatchProblem {
        let lines = places.prefix(5).map { "\($0.text) in line \($0.line)" }.joined(separator: ", ")
        return PatchProblem(
            .badRelease, "it is not clear which version to replace in '\(file.path)': \(lines)", paths: [file.path],
            hints: ["tell what stands around it: [release] versionFile = \"\(file.path): version = {version}\""])
    }

    /// The places of a version as a word of its own: `1.2.0` is not in `11.2.0`, `1.2.0-rc.1` or `1.2.0.1`.
    private func places(of version: String) -> [Place] {
        let word = Array(version.utf8)
        return starts(of: word, in: bytes.indices).compactMap { start in
            let end = start + word.count
            if start > 0, Self.isDigit(bytes[start - 1]) || bytes[start - 1] == UInt8(ascii: ".") { return nil }
            if end < bytes.count, Self.isWord(bytes[end]) { return nil }
            if end + 1 < bytes.count {
                let next = bytes[end + 1]
                if bytes[end] == UInt8(ascii: "."), Self.isDigit(next) { return nil }
                if "-+".utf8.contains(bytes[end]), Self.isWord(next) { return nil }
            }
            return Place(range: start..<end, text: version, line: line(of: start))
        }
    }

    /// The places where something that looks like a version stands in that text.
    private func places(within around: VersionFile.Surroundings) -> [Place] {
        let before = Array(around.before.utf8)
        let after = Array(around.after.utf8)
        var places: [Place] = []
        if before.isEmpty {
            for end in starts(of: after, in: bytes.indices) {
                var start = end
                while start > 0, Self.isOfVersion(bytes[start - 1]) { start -= 1 }
                places.append(place(start..<end))
            }
        } else {
            for match in starts(of: before, in: bytes.indices) {
                // `version = ` is not meant by `rust-version = `.
                if match > 0, Self.isName(before[0]), Self.isName(bytes[match - 1]) { continue }
                let start = match + before.count
                var run = bytes[start...].prefix(while: Self.isOfVersion).endIndex
                // A dot at the end is that of a sentence; what goes on as a name or a call is no version.
                while after.isEmpty, run > start, bytes[run - 1] == UInt8(ascii: ".") { run -= 1 }
                if after.isEmpty, run < bytes.count, "_(/\\".utf8.contains(bytes[run]) { continue }
                let ends = after.isEmpty ? [run] : starts(of: after, in: start..<min(run + after.count, bytes.count))
                // What follows may be a dot, which is in every version.
                let found = ends.map { place(start..<$0) }
                if let place = found.first(where: { SemanticVersion($0.text) != nil }) ?? found.first {
                    places.append(place)
                }
            }
        }
        return places.filter { !$0.range.isEmpty }
    }

    private func place(_ range: Range<Int>) -> Place {
        Place(range: range, text: String(decoding: bytes[range], as: UTF8.self), line: line(of: range.lowerBound))
    }

    private func starts(of word: [UInt8], in range: Range<Int>) -> [Int] {
        guard let first = word.first, range.count >= word.count else { return [] }
        return (range.lowerBound...(range.upperBound - word.count)).filter {
            bytes[$0] == first && bytes[$0..<($0 + word.count)].elementsEqual(word)
        }
    }

    private func line(of offset: Int) -> Int { 1 + bytes[..<offset].count { $0 == UInt8(ascii: "\n") } }

    private static func isBlank(_ byte: UInt8) -> Bool { [0x20, 0x09, 0x0A, 0x0D].contains(byte) }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private static func isWord(_ byte: UInt8) -> Bool {
        isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }

    private static func isName(_ byte: UInt8) -> Bool { isWord(byte) || "-_".utf8.contains(byte) }

    private static func isOfVersion(_ byte: UInt8) -> Bool { isWord(byte) || ".+-".utf8.contains(byte) }
}
