import HookInput

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Hooks in git's own hooks folder: shims, and a hook that stands there keeps a second name beside its shim.
///
/// People wait for pre-push, so where no other hook is to be passed on to, it is no shim but a link to the helper: the
/// shell of a shim takes as long as the answer. Should the helper go, git finds no hook there and pushes; the shims of
/// the other events say what is missing. Only where the user cannot write to the helper: what writes to the hook through
/// the link, as some managers do, shall not overwrite an installed program.
struct InPlaceHooks: Sendable {
    let folder: String
    let helper: String
    /// Whether a link to the helper is safe.
    let mayLink: Bool

    init(folder: String, helper: String, mayLink: Bool? = nil) {
        self.folder = folder
        self.helper = helper
        self.mayLink = mayLink ?? !HookFiles.isWritable(helper)
    }

    private static let marker = ".git-patch-made-this-folder"

    func install() throws(HooksProblem) {
        if try HookFiles.makeFolder(folder) {
            try HookFiles.write([], to: folder + "/" + InPlaceHooks.marker, mode: 0o644)
        }
        for event in HookEvent.allCases.map(\.rawValue) {
            let shim = shim(event)
            let path = folder + "/" + event
            let kept = path + HookCall.keptSuffix
            let place = try standing(event) ?? path
            if HookFiles.isExecutable(place), try isCurrent(place, shim) { continue }
            if place == path, HookFiles.exists(path), try !isShim(path), !HookFiles.areSame(path, kept) {
                if HookFiles.exists(kept) { try HookFiles.move(kept, to: freeName(kept)) }
                try HookFiles.giveName(kept, to: path)
            }
            if mayLink, event == HookEvent.prePush.rawValue, !HookFiles.exists(kept) {
                try HookFiles.link(to: helper, at: place)
            } else {
                try HookFiles.write(Array(shim.text.utf8), to: place, mode: 0o755)
            }
        }
    }

    func uninstall() throws(HooksProblem) {
        for event in HookEvent.allCases.map(\.rawValue) {
            let kept = folder + "/" + event + HookCall.keptSuffix
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
            let kept = folder + "/" + event + HookCall.keptSuffix
            let state: HookReport.State
            if let place = try standing(event) {
                let isWanted = try isCurrent(place, shim(event))
                let isCurrent = isWanted && HookFiles.isExecutable(helper)
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

    /// Whether a hook of ours is what would be installed now.
    private func isCurrent(_ place: String, _ shim: HookShim) throws(HooksProblem) -> Bool {
        guard HookFiles.target(of: place) != nil else { return try shim.isWritten(in: HookFiles.read(place)) }
        return mayLink && leadToSameFile(place, helper)
            && !HookFiles.exists(folder + "/" + shim.event + HookCall.keptSuffix)
    }

    private func isShim(_ path: String) throws(HooksProblem) -> Bool {
        if let target = HookFiles.target(of: path) { return target.hasSuffix("/" + HookSite.helperName) }
        guard HookFiles.kind(of: path) == S_IFREG, let bytes = try HookFiles.read(path) else { return false }
        return HookShim.isShim(bytes)
    }

    private func freeName(_ path: String) -> String {
        var number = 1
        while HookFiles.exists("\(path).\(number)") { number += 1 }
        return "\(path).\(number)"
    }
}
