package import GitValues
package import Settings

/// What a pipeline does, for every forge alike: jobs, what they wait for and why, and what a run takes.
package struct PipelinePlan: Sendable {
    /// One job on one runner (per platform).
    package struct Job: Sendable {
        /// Its name in the file: letters, digits and `-`.
        package let id: String
        /// What people read: the checks' names.
        package let title: String
        /// The checks it runs, needs before dependants.
        package let checks: [CheckDefinition]
        /// Names of those it is there for; the others prepare the part of a check that is split, and count elsewhere.
        package let own: Set<String>
        /// How many runners share the check that is split, each with one part; 1 where none is.
        package let shards: Int
        /// Jobs that must have passed before: only where a check asks for another that shares nothing with it.
        package var needs: [String]
        /// Seconds the checks take one after the other on one runner; `nil` when one was never measured.
        package let expected: Double?
        /// Minutes after which it is ended.
        package let timeout: Int

        /// The checks it is there for.
        package var judged: [CheckDefinition] { checks.filter { own.contains($0.name) } }
        /// How many parts `.gitpatch` asks for.
        package var wantedShards: Int { judged.map(\.shards).max() ?? 1 }
        /// The smallest tier that holds one of its checks.
        package var tier: Tier { judged.map(\.tier).min() ?? .standard }
        /// Paths that concern it; empty when every change does.
        package var paths: [PathPattern] {
            judged.contains { $0.paths.isEmpty } ? [] : judged.flatMap(\.paths).uniqued()
        }
        /// What a check of it needs within the job, itself included, in the order they run.
        package func closure(of name: String) -> [CheckDefinition] {
            var wanted: Set<String> = [name]
            for check in checks.reversed() where wanted.contains(check.name) { wanted.formUnion(check.needs) }
            return checks.filter { wanted.contains($0.name) }
        }
        /// Folders kept between runs.
        package var cacheDirs: [String] { checks.flatMap(\.cacheDirs).uniqued() }
        /// Names of the environments that must be set up.
        package var environments: [String] { checks.flatMap(\.environments).uniqued() }
        /// Commands that tell the toolchain.
        package var tools: [String] { checks.flatMap(\.tools).uniqued() }
    }

    /// What decides the shape of a pipeline besides the checks.
    package struct Terms: Sendable {
        /// Labels of runners; at least one.
        package var platforms: [String]
        package var install: String?
        package var setup: [String]
        /// The lines that set up environments, by name.
        package var environments: [String: String]
        package var image: String?
        package var schedule: String?
        package var lockFiles: [String]
        /// Whether started minutes cost money.
        package var isBilled: Bool
        /// The most that a run may cost, in the currency of `Prices`; `nil` for any amount.
        package var maxCost: Double?
        /// Secrets and variables of the forge that checks may see.
        package var secrets: [String]
        package var variables: [String]
        /// The environment that keeps the secrets, where the forge has such.
        package var environment: String
        /// The address of the shared cache and the secret that signs what is in it; `nil` unless both are named and a
        /// validator is there to use them.
        package var sharedCache: SharedCache?
        /// Whether what scanners find goes to the forge's own place for that.
        package var scansCode: Bool
        /// The branch that changes land on.
        package var target: String

        /// Creates terms from the settings.
        ///
        /// - Parameter tracked: what lies in the repository, to find the lock files that are known.
        package init(settings: Settings, target: String, exists: (String) -> Bool) {
            let named = settings[CIKeys.platform]
            platforms = named.isEmpty ? ["ubuntu-24.04"] : named
            install = settings[CIKeys.install]
            setup = settings[CIKeys.setup]
            environments = [:]
            for name in settings.subsections(of: "environment") {
                environments[name] = settings[EnvironmentKeys.setup, name]
            }
            image = settings[CIKeys.image]
            schedule = settings[CIKeys.schedule]
            let files = settings[CIKeys.lockFile]
            lockFiles = files.isEmpty ? LockFiles.known.filter(exists) : files
            isBilled = settings[CIKeys.billed]
            maxCost = settings[CIKeys.maxCost]
            secrets = settings[CIKeys.secret].uniqued()
            variables = settings[CIKeys.variable].uniqued().filter { !settings[CIKeys.secret].contains($0) }
            environment = settings[CIKeys.environment]
            scansCode = settings[CIKeys.codeScanning]
            if let address = settings[CIKeys.remoteCache], let secret = settings[CIKeys.cacheKey], install != nil {
                sharedCache = SharedCache(address: address, secret: secret, token: settings[CIKeys.cacheToken])
            }
            self.target = target
        }

        /// The names of all that the forge gives to jobs.
        var given: [String] {
            (secrets + variables + (sharedCache?.given ?? [])).uniqued()
        }

        /// The platforms of a tier: one, two, all.
        package func platforms(of tier: Tier) -> [String] {
            switch tier {
            case .quick: Array(platforms.prefix(1))
            case .standard: Array(platforms.prefix(2))
            case .complete: platforms
            }
        }
    }

    package let terms: Terms
    package let jobs: [Job]
    /// Every check once, in the order of the jobs that judge them.
    let judged: [CheckDefinition]
    let needs: CheckNeeds
    /// The times it was planned with.
    package let measured: [String: MeasuredTime]

    /// Plans the pipeline of some checks.
    ///
    /// - Parameter measured: what is known of their times; they decide timeouts and which short checks share a job.
    package init(_ checks: [CheckDefinition], terms: Terms, measured: [String: MeasuredTime]) {
        self.terms = terms
        let known = measured.filter { item in checks.contains { $0.name == item.key } }.mapValues(\.rounded)
        self.measured = known
        jobs = JobGrouping(checks: checks, terms: terms, measured: known).jobs()
        judged = jobs.flatMap(\.judged)
        needs = CheckNeeds(judged)
    }

    /// Checks of which no time is known.
    package var unmeasured: [String] { judged.map(\.name).filter { measured[$0] == nil } }

    /// What a run of a tier costs on all its platforms; `nil` when a job was never measured.
    package func cost(of tier: Tier) -> Double? {
        let times = jobs(of: tier).map(\.expected)
        guard !times.contains(nil) else { return nil }
        return PipelinePlan.cost(of: zip(jobs(of: tier), times).map { ($0.tier, $1 ?? 0, $0.shards) }, terms)
    }

    /// What jobs cost that are of some tier and take some seconds on so many runners each, the small jobs around them
    /// included.
    static func cost(of jobs: [(tier: Tier, seconds: Double, runners: Int)], _ terms: Terms) -> Double {
        guard terms.isBilled else { return 0 }
        var sum = 2 * Prices.kind(of: Array(terms.platforms.prefix(1))).perMinute
        for job in jobs {
            for platform in terms.platforms(of: job.tier) {
                let minutes = job.runners * startedMinutes(job.seconds, terms)
                sum += Double(minutes) * Prices.kind(of: [platform]).perMinute
            }
        }
        return sum
    }

    /// How many parts a check can have: GitHub makes 256 jobs of a matrix at most.
    package static func mostShards(_ terms: Terms) -> Int { max(1, 256 / max(1, terms.platforms.count)) }

    /// Whether a cost is over a limit by more than an error of rounding.
    static func isOver(_ cost: Double, _ limit: Double) -> Bool { cost > limit + 1e-9 }

    static func startedMinutes(_ seconds: Double, _ terms: Terms) -> Int {
        Int(((seconds + overhead(terms)) / 60).rounded(.up))
    }

    /// Seconds a runner needs before the first check: start, checkout, caches; more when it prepares something.
    package static func overhead(_ terms: Terms) -> Double {
        20 + (terms.setup.isEmpty ? 0 : 25) + (terms.install == nil ? 0 : 15)
    }

    /// The jobs of a tier.
    package func jobs(of tier: Tier) -> [Job] { jobs.filter { tier.includes($0.tier) } }

    /// Seconds from start to end of a run of a tier with enough runners; `nil` when a job was never measured.
    package func expected(of tier: Tier) -> Double? {
        let overhead = PipelinePlan.overhead(terms)
        var ends: [String: Double] = [:]
        for job in jobs(of: tier) {
            guard let expected = job.expected else { return nil }
            ends[job.id] = (job.needs.compactMap { ends[$0] }.max() ?? overhead) + overhead + expected
        }
        return (ends.values.max() ?? 0) + overhead
    }

    /// Started minutes of a run of a tier on one platform, the small jobs around it included; `nil` when unknown.
    package func minutes(of tier: Tier) -> Int? {
        var sum = 2
        for job in jobs(of: tier) {
            guard let expected = job.expected else { return nil }
            sum += job.shards * PipelinePlan.startedMinutes(expected, terms)
        }
        return sum
    }
}

extension Sequence where Element: Hashable {
    /// Every element once, in the order of their first appearance.
    func uniqued() -> [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}

/// Files that say which versions of dependencies are used.
enum LockFiles {
    static let known = [
        "Cargo.lock", "Gemfile.lock", "Package.resolved", "Pipfile.lock", "bun.lock", "composer.lock", "flake.lock",
        "go.sum", "gradle.lockfile", "mix.lock", "package-lock.json", "pnpm-lock.yaml", "poetry.lock",
        "requirements.txt", "uv.lock", "yarn.lock",
    ]
}
