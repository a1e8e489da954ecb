import HookInput

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Shims in git's own hooks folder; a hook that stands there keeps a second name beside its shim.
struct InPlaceHooks: Sendable {
    let folder: String
    let helper: String

    private static let marker = ".git-patch-made-this-folder"

    func install() throws(HooksProblem) {
        if try HookFiles.makeFolder(folder) {
            try HookFiles.write([], to: folder + "/" + InPlaceHooks.marker, mode: 0o644)
        }
        for event in HookEvent.allCases.map(\.rawValue) {
            let shim = shim(event)
            let path = folder + "/" + event
            let kept = path + HookShim.keptSuffix
            let place = try standing(event) ?? path
            if HookFiles.isExecutable(place), try shim.isWritten(in: HookFiles.read(place)) { continue }
            if place == path, HookFiles.exists(path), try !isShim(path), !HookFiles.areSame(path, kept) {
                if HookFiles.exists(kept) { try HookFiles.move(kept, to: freeName(kept)) }
                try HookFiles.giveName(kept, to: path)
            }
            try HookFiles.write(Array(shim.text.utf8), to: place, mode: 0o755)
        }
    }

    func uninstall() throws(HooksProblem) {
        for event in HookEvent.allCases.map(\.rawValue) {
            let kept = folder + "/" + event + HookShim.keptSuffix
            try HookFiles.remove(folder + "/" + event + HookFiles.newSuffix)  // Of a crash; usually not there.
            guard let place = try standing(event) else {
                // A crash between the two steps of an installation leaves one hook with two names.
                if HookFiles.areSame(folder + "/" + event, kept) { try HookFiles.remove(kept) }
                continue
            }
            if HookFiles.exists(kept) { try HookFiles.move(kept, to: place) } else { try HookFiles.remove(place) }
        }
        let marker = folder + "/" + InPlaceHooks.marker
        if HookFiles.exists(marker), HookFiles.names(in: folder) == [InPlaceHooks.marker] {
            try HookFiles.remove(marker)
            HookFiles.removeEmptyFolder(folder)
        }
    }

    /// - Parameter isUsed: whether git looks for hooks in this folder.
    func report(isUsed: Bool) throws(HooksProblem) -> HooksReport {
        var hooks: [HookReport] = []
        for event in HookEvent.allCases.map(\.rawValue) {
            let kept = folder + "/" + event + HookShim.keptSuffix
            let state: HookReport.State
            if let place = try standing(event) {
                let content = try HookFiles.read(place)
                let isCurrent = HookFiles.isExecutable(helper) && shim(event).isWritten(in: content)
                state = !isUsed ? .replaced : isCurrent ? .installed : .outdated
            } else {
                state = HookFiles.exists(kept) ? .replaced : .missing
            }
            let runsBefore = state != .missing && HookFiles.isExecutable(kept)
            hooks.append(HookReport(event: event, state: state, next: runsBefore ? kept : nil))
        }
        return HooksReport(placement: .inPlace, place: folder, isGlobal: false, hooks: hooks, passedOn: [])
    }

    /// Where the shim of an event stands: under its own name, or under `.legacy`, where pre-commit and prek move what
    /// they find and still run it. `nil` when there is none.
    private func standing(_ event: String) throws(HooksProblem) -> String? {
        for path in [folder + "/" + event, folder + "/" + event + ".legacy"] where try isShim(path) { return path }
        return nil
    }

    private func shim(_ event: String) -> HookShim { HookShim(event: event, helper: helper, next: .kept) }

    private func isShim(_ path: String) throws(HooksProblem) -> Bool {
        guard HookFiles.kind(of: path) == S_IFREG, let bytes = try HookFiles.read(path) else { return false }
        return HookShim.isShim(bytes)
    }

    private func freeName(_ path: String) -> String {
        var number = 1
        while HookFiles.exists("\(path).\(number)") { number += 1 }
        return "\(path).\(number)"
    }
}
