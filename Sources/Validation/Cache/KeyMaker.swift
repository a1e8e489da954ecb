import GitProcess
import GitValues
import Settings
import Store

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Makes the keys of a plan's checks.
struct KeyMaker: Sendable {
    let request: ValidationRequest
    let plan: Plan
    let environment: CheckEnvironment
    /// What each environment is made from, by name.
    let warm: [String: String]
    /// What besides the tree decides what a checkout of it contains.
    let conversion: String
    private let foundPath: String

    init(
        request: ValidationRequest, plan: Plan, environment: CheckEnvironment, warm: [String: String] = [:],
        conversion: String
    ) {
        self.request = request
        self.plan = plan
        self.environment = environment
        self.warm = warm
        self.conversion = conversion
        foundPath = environment.foundPath
    }

    /// The keys by check, and why some have none: those run every time.
    func keys(_ tools: ToolVersions) async throws -> (keys: [String: CheckKey], lacks: [String: KeyLack]) {
        let hasInputs = plan.checks.contains { !$0.inputs.isEmpty }
        let listing = hasInputs ? try await TreeListing.of(request.tree, request.git) : nil
        var keys: [String: CheckKey] = [:]
        var lacks: [String: KeyLack] = [:]
        var open = plan.checks
        // Needs come before dependants; Settings refuses circles, and what is left of one has no key.
        while !open.isEmpty {
            let ready = open.filter { check in check.needs.allSatisfy { need in !open.contains { $0.name == need } } }
            if ready.isEmpty { break }
            for check in ready {
                do throws(KeyLack) {
                    keys[check.name] = try key(of: check, listing, tools, keys)
                } catch {
                    lacks[check.name] = error
                }
            }
            open.removeAll { check in ready.contains { $0.name == check.name } }
        }
        return (keys, lacks)
    }

    private func key(
        of check: CheckDefinition, _ listing: TreeListing?, _ tools: ToolVersions, _ keys: [String: CheckKey]
    ) throws(KeyLack) -> CheckKey {
        var parts = [
            CheckKey.Part(name: "format", value: CheckKey.version), .init(name: "check", value: check.name),
            .init(name: "run", value: check.run), .init(name: "system", value: KeyMaker.system),
            .init(name: "conversion", value: conversion),
            // Folders have other names elsewhere; there, 'tool' lines tell what was found in them.
            .init(name: "search path", value: foundPath, shared: .leftOut),
        ]
        for (name, value) in environment.deciding.sorted(by: { $0.key < $1.key }) {
            parts.append(.init(name: "variable \(name)", value: value))
        }
        if let shard = check.shard {
            parts.append(.init(name: "shard", value: shard.place))
            // How names are divided depends on more than 'input' tells.
            if !check.inputs.isEmpty { parts.append(.init(name: "tree", value: request.tree.hex)) }
        }
        if let listing, !check.inputs.isEmpty {
            var count = 0
            for pattern in check.inputs {
                let found = listing.digest(pattern)
                count += found.count
                parts.append(.init(name: "input \(pattern)", value: found.digest))
            }
            if count == 0 { throw .inputs }
        } else {
            parts.append(.init(name: "tree", value: request.tree.hex))
        }
        for name in check.env.sorted() {
            parts.append(.init(name: "env \(name)", value: environment.digest(of: [name])))
        }
        for line in check.tools {
            guard let version = tools[line, check] else { throw .tool(line) }
            parts.append(.init(name: "tool \(line)", value: version))
        }
        parts.append(
            .init(
                name: "options",
                value: "timeout \(check.timeout.seconds) isolated \(check.isolated) sandbox \(check.sandbox) "
                    + "cacheDir \(check.cacheDirs.sorted()) artifact \(check.artifacts.sorted()) "
                    + "submodules \(check.submodules) allowNoTests \(check.allowNoTests)"))
        for name in check.environments.sorted() {
            guard let id = warm[name] else { throw .environment(name) }
            parts.append(.init(name: "environment \(name)", value: id))
        }
        for need in check.needs.sorted() {
            if plan.leftOut.contains(need) {
                parts.append(.init(name: "needs \(need)", value: "left out"))
            } else if let key = keys[need] {
                parts.append(.init(name: "needs \(need)", value: key.hex, shared: .value(key.sharedHex)))
            } else {
                throw .need(need)
            }
        }
        return CheckKey(parts: parts)
    }

    /// Operating system, machine and C library.
    static let system: String = {
        var names = utsname()
        uname(&names)
        func text<Tuple>(_ tuple: Tuple) -> String {
            withUnsafeBytes(of: tuple) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        }
        #if canImport(Glibc)
            var version = [UInt8](repeating: 0, count: 64)
            let count = version.withUnsafeMutableBytes {
                confstr(Int32(_CS_GNU_LIBC_VERSION), $0.baseAddress?.assumingMemoryBound(to: CChar.self), $0.count)
            }
            let library = String(decoding: version.prefix(max(0, min(count, 64) - 1)), as: UTF8.self)
        #elseif canImport(Musl)
            let library = "musl"
        #else
            let library = text(names.release)
        #endif
        return "\(text(names.sysname)) \(text(names.machine)) \(library)"
    }()
}
