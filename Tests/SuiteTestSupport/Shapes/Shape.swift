import Foundation

/// A repository of a random shape, made step by step; the steps are kept for the report of a failure.
package struct Shape {
    var random: Randomness
    package let repository: TestRepository
    package private(set) var steps: [String] = []
    private(set) var paths: [[UInt8]] = []

    /// Creates the maker of a shape.
    package init(seed: UInt64, in repository: TestRepository) {
        random = Randomness(seed: seed)
        self.repository = repository
    }

    /// Builds a history, staged work and unstaged work.
    package mutating func build() async throws {
        try await configure()
        if !random.oneIn(10) {
            for _ in 0..<random.number(1...14) { try writeFile() }
            if random.oneIn(2) { try writeRules() }
            try await git(["add", "-A"])
            try await git(["commit", "-q", "--allow-empty", "-m", "start"])
            if random.oneIn(8) { try await git(["checkout", "-q", "--detach"]) }
            if random.oneIn(6) { try await git(["pack-refs", "--all"]) }
            if random.oneIn(5) { try await git(["repack", "-q", "-a", "-d"]) }
        }
        for _ in 0..<random.number(0...4) { try await stageSomething() }
        for _ in 0..<random.number(0...8) { try await changeSomething() }
        if random.oneIn(4) { try writeRules() }
        if random.oneIn(5) { try await markSomething() }
        if random.oneIn(4) { try age() }
    }

    private mutating func configure() async throws {
        let choices = [
            ["core.autocrlf", "true"], ["core.autocrlf", "input"], ["core.filemode", "false"],
            ["core.symlinks", "false"],
            ["core.trustctime", "false"], ["core.checkStat", "minimal"], ["core.eol", "crlf"],
            ["core.safecrlf", "true"],
            ["core.compression", "0"], ["core.compression", "9"], ["core.splitIndex", "true"], ["index.version", "4"],
            ["core.untrackedCache", "true"], ["core.bigFileThreshold", "400"], ["core.quotePath", "false"],
        ]
        for _ in 0..<random.pick([0, 0, 0, 1, 1, 2]) { try await git(["config"] + random.pick(choices)) }
        if random.oneIn(5) {
            let lines = (0..<random.number(1...3)).map { _ in random.ignorePattern() }
            try put(Array(".git/info/exclude".utf8), Array(lines.joined(separator: "\n").utf8))
        }
        if random.oneIn(6) {
            let file = repository.scratch.path + "/home/excludes"
            try Data(random.ignorePattern().utf8 + [0x0A]).write(to: URL(fileURLWithPath: file))
            try await git(["config", "core.excludesFile", "~/excludes"])
        }
        if random.oneIn(6) {
            try put(Array(".git/info/attributes".utf8), Array((random.attributeLine() + "\n").utf8))
        }
    }

    private mutating func stageSomething() async throws {
        switch random.number(0...5) {
        case 0, 1:
            let path = try writeFile()
            try await git(["add", "-f", "-A", "--"], path)
        case 2:
            if let path = anyPath() {
                try await git(["rm", "-q", "--cached", "-r", "-f", "--ignore-unmatch", "--"], path)
            }
        case 3: if let path = anyPath() { try await git(["rm", "-q", "-r", "-f", "--ignore-unmatch", "--"], path) }
        case 4: if let path = anyPath() { try await git(["update-index", "--chmod=+x", "--"], path) }
        default: try await git(["add", "-u"])
        }
    }

    private mutating func changeSomething() async throws {
        switch random.number(0...11) {
        case 0, 1, 2: try writeFile()
        case 3: if let path = anyPath() { try put(path, random.content()) }
        case 4: if let path = anyPath() { remove(path) }
        case 5: if let path = anyPath() { touch(path) }
        case 6: if let path = anyPath() { chmod(full(path), random.oneIn(2) ? 0o755 : 0o644) }
        case 7: if let path = anyPath() { replaceByLink(path) }
        case 8:
            if let path = anyPath() {
                remove(path)
                try put(path + Array("/inner".utf8), random.content())
            }
        case 9:
            if let path = anyPath(), let slash = path.lastIndex(of: UInt8(ascii: "/")) {
                remove(Array(path[..<slash]))
                if random.oneIn(2) { try put(Array(path[..<slash]), random.content()) }
            }
        case 10:
            try FileManager.default.createDirectory(
                atPath: repository.path + "/empty/inner", withIntermediateDirectories: true)
        default:
            if random.oneIn(2) {
                mkfifo(repository.path + "/fifo", 0o644)
            } else {
                symlink("nowhere", repository.path + "/broken")
            }
        }
    }

    private mutating func markSomething() async throws {
        guard let path = anyPath() else { return }
        switch random.number(0...4) {
        case 0: try await git(["update-index", "--assume-unchanged", "--"], path)
        case 1: try await git(["update-index", "--skip-worktree", "--"], path)
        case 2:
            let new = try writeFile()
            try await git(["add", "-f", "-N", "--"], new)
        case 3: try await git(["update-index", "--index-version", "4"])
        default: try await git(["update-index", "--split-index"])
        }
    }

    /// Moves the times of everything into the past, so that few entries are racy.
    private mutating func age() throws {
        steps.append("age everything")
        let index = repository.path + "/.git/index"
        if FileManager.default.fileExists(atPath: index) { utime(index, 1_600_000_100) }
        for path in paths { utime(full(path), 1_600_000_000) }
    }

    // MARK: Files, with paths of any bytes

    @discardableResult
    private mutating func writeFile() throws -> [UInt8] {
        let path = paths.isEmpty || random.oneIn(5) == false ? random.path() : random.pick(paths)
        if random.oneIn(9) {
            replaceByLink(path)
        } else {
            try put(path, random.content())
            if random.oneIn(6) { chmod(full(path), 0o755) }
        }
        paths.append(path)
        return path
    }

    private mutating func writeRules() throws {
        let folder = random.oneIn(2) ? [] : random.folderName() + [UInt8(ascii: "/")]
        let isIgnore = random.oneIn(2)
        let lines = (0..<random.number(1...5)).map { _ in isIgnore ? random.ignorePattern() : random.attributeLine() }
        let ending = random.oneIn(6) ? "\r\n" : "\n"
        let path = folder + Array((isIgnore ? ".gitignore" : ".gitattributes").utf8)
        try put(path, Array((lines.joined(separator: ending) + ending).utf8))
        paths.append(path)
    }

    private mutating func anyPath() -> [UInt8]? { paths.isEmpty ? nil : random.pick(paths) }

    private func full(_ path: [UInt8]) -> [CChar] {
        (Array(repository.path.utf8) + [UInt8(ascii: "/")] + path + [0]).map { CChar(bitPattern: $0) }
    }

    private mutating func put(_ path: [UInt8], _ content: [UInt8]) throws {
        steps.append("write \(String(decoding: path, as: UTF8.self).debugDescription), \(content.count) bytes")
        for slash in path.indices where path[slash] == UInt8(ascii: "/") {
            let folder = full(Array(path[..<slash]))
            var status = stat()
            if lstat(folder, &status) == 0, status.st_mode & S_IFMT != S_IFDIR { unlink(folder) }
            mkdir(folder, 0o755)
        }
        var status = stat()
        if lstat(full(path), &status) == 0 {
            if status.st_mode & S_IFMT == S_IFDIR { return }
            if status.st_mode & S_IFMT != S_IFREG { unlink(full(path)) }
        }
        let file = open(full(path), O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        guard file >= 0 else { return }
        _ = content.withUnsafeBytes { Foundation.write(file, $0.baseAddress, $0.count) }
        close(file)
    }

    private mutating func replaceByLink(_ path: [UInt8]) {
        remove(path)
        for slash in path.indices where path[slash] == UInt8(ascii: "/") { mkdir(full(Array(path[..<slash])), 0o755) }
        steps.append("link \(String(decoding: path, as: UTF8.self).debugDescription)")
        symlink(random.pick(["a", "../b", "dir", "nowhere", "/tmp"]), full(path))
    }

    private mutating func remove(_ path: [UInt8]) {
        steps.append("remove \(String(decoding: path, as: UTF8.self).debugDescription)")
        var status = stat()
        guard lstat(full(path), &status) == 0 else { return }
        if status.st_mode & S_IFMT != S_IFDIR {
            unlink(full(path))
        } else if let folder = opendir(full(path)) {
            var names: [[UInt8]] = []
            while let entry = readdir(folder) {
                let name = withUnsafeBytes(of: entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
                if name != Array(".".utf8), name != Array("..".utf8) { names.append(name) }
            }
            closedir(folder)
            for name in names { remove(path + [UInt8(ascii: "/")] + name) }
            rmdir(full(path))
        }
    }

    private mutating func touch(_ path: [UInt8]) {
        steps.append("touch \(String(decoding: path, as: UTF8.self).debugDescription)")
        utime(full(path), 1_650_000_000 + random.number(0...9))
    }

    private func utime(_ path: [CChar], _ seconds: Int) {
        utimensat(
            AT_FDCWD, path, [timespec(tv_sec: seconds, tv_nsec: 5), timespec(tv_sec: seconds, tv_nsec: 5)],
            AT_SYMLINK_NOFOLLOW)
    }

    private func utime(_ path: String, _ seconds: Int) { utime(Array(path.utf8CString), seconds) }

    /// Runs git; what it refuses in a random shape is no step of the shape.
    private mutating func git(_ arguments: [String], _ path: [UInt8]? = nil) async throws {
        var input: [UInt8] = []
        var arguments = arguments
        if let path {
            // Paths of any bytes go through a file of pathspecs, taken literally.
            guard arguments[0] == "add" || arguments[0] == "rm" else {
                guard let text = String(validating: path, as: UTF8.self) else { return }
                arguments.append(text)
                steps.append("git " + arguments.joined(separator: " "))
                _ = try await repository.tryGit(["--literal-pathspecs"] + arguments)
                return
            }
            arguments.removeLast()
            arguments += ["--pathspec-from-file=-", "--pathspec-file-nul"]
            input = path
        }
        steps.append(
            "git " + arguments.joined(separator: " ") + (path.map { " < " + String(decoding: $0, as: UTF8.self) } ?? "")
        )
        _ = try await runCommand(
            "git", ["--literal-pathspecs"] + arguments, in: repository.path, environment: repository.environment,
            input: input)
    }
}
