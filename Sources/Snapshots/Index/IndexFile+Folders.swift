/// Searching an index by folder and name.
///
/// All entries of a range share the first `depth` bytes of their paths.
extension IndexFile {
    /// The length of the name at a depth when it is a folder's; `nil` when the entry is a file right there.
    func nameLength(_ entry: Int, from depth: Int) -> Int? {
        paths.withUnsafeBytes { position(of: UInt8(ascii: "/"), in: rest($0, entry, depth)) }
    }

    /// The first entry behind those of a folder, given with a slash at its end; the search gallops, as folders are small.
    func endOfFolder(_ path: [UInt8], from first: Int, limit: Int) -> Int {
        paths.withUnsafeBytes { buffer in
            path.withUnsafeBytes { folder in
                func isInside(_ entry: Int) -> Bool {
                    let own = rest(buffer, entry, 0)
                    return own.count >= folder.count
                        && compareBytes(UnsafeRawBufferPointer(rebasing: own[..<folder.count]), folder) == 0
                }
                var step = 1
                var inside = first
                while inside + step < limit, isInside(inside + step) {
                    inside += step
                    step *= 2
                }
                var low = inside + 1
                var high = min(inside + step, limit)
                while low < high {
                    let middle = (low + high) / 2
                    if isInside(middle) { low = middle + 1 } else { high = middle }
                }
                return low
            }
        }
    }

    /// Whether a file of a name lies right in the folder of a range.
    func hasFile(_ name: UnsafeRawBufferPointer, from depth: Int, in range: Range<Int>) -> Bool {
        paths.withUnsafeBytes { buffer in
            var low = range.lowerBound
            var high = range.upperBound
            while low < high {
                let middle = (low + high) / 2
                let order = compareBytes(rest(buffer, middle, depth), name)
                if order == 0 { return true }
                if order < 0 { low = middle + 1 } else { high = middle }
            }
            return false
        }
    }

    /// Whether entries lie in a folder, given with a slash at its end.
    func hasFolder(_ path: [UInt8], in range: Range<Int>) -> Bool {
        let entry = lowerBound(path, in: range)
        guard entry < range.upperBound else { return false }
        let start = Int(pathStarts[entry])
        return paths[start..<(start + Int(pathLengths[entry]))].starts(with: path)
    }

    private func rest(_ buffer: UnsafeRawBufferPointer, _ entry: Int, _ depth: Int) -> UnsafeRawBufferPointer {
        let start = Int(pathStarts[entry])
        return UnsafeRawBufferPointer(rebasing: buffer[(start + depth)..<(start + Int(pathLengths[entry]))])
    }
}
