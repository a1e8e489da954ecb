import Foundation
import SuiteTestSupport
import Testing

@testable import Validation

/// `jobs = auto` as the kernel's files have it.
struct MachineRoomTests {
    private func room(_ files: [String: String]) async throws -> MachineRoom {
        try await Scratch.with { scratch in
            for (path, text) in files {
                let place = URL(fileURLWithPath: scratch.path + path)
                try FileManager.default.createDirectory(
                    at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data(text.utf8).write(to: place)
            }
            return MachineRoom.now(root: scratch.path, processors: 8)
        }
    }

    @Test func withoutLimitsProcessorsDecide() async throws {
        #expect(try await room([:]) == MachineRoom(processors: 8))
        let free = try await room([
            "/proc/meminfo": "MemTotal:       16000000 kB\nMemAvailable:    8000000 kB\n",
            "/proc/self/cgroup": "0::/a/b\n", "/sys/fs/cgroup/a/b/cpu.max": "max 100000\n",
            "/sys/fs/cgroup/a/b/memory.max": "max\n",
            "/proc/pressure/memory": "some avg10=0.00 avg60=90.00 avg300=0.00 total=0\nfull avg10=99.00\n",
        ])
        #expect(free.quota == nil && free.memory == 8_192_000_000 && free.memoryPressure == 0 && free.jobs == 8)
    }

    @Test func theNarrowestGroupCounts() async throws {
        let unified = try await room([
            "/proc/self/cgroup": "3:x:/other\n0::/a/b\n", "/sys/fs/cgroup/a/b/cpu.max": "500000 100000\n",
            "/sys/fs/cgroup/a/cpu.max": "250000 100000\n", "/sys/fs/cgroup/a/b/memory.max": "1073741824\n",
            "/sys/fs/cgroup/a/b/memory.stat": "anon 268435456\nfile 805306368\n",
        ])
        #expect(unified.quota == 2.5 && unified.memory == 805_306_368 && unified.jobs == 3)
        let older = try await room([
            "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "150000\n", "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
            "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
            "/proc/meminfo": "MemAvailable:    8000000 kB\n",
        ])
        #expect(older.quota == 1.5 && older.memory == 8_192_000_000 && older.jobs == 2)
        let unlimited = try await room(["/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n"])
        #expect(unlimited.jobs == 8)
        let pinned = try await room(["/proc/self/status": "Name:\tx\nCpus_allowed_list:\t0-1,4\nThreads:\t1\n"])
        #expect(pinned.processors == 3 && pinned.jobs == 3)
    }

    @Test func littleMemoryMakesThemFewerAndOneStays() {
        #expect(MachineRoom(processors: 8, memory: 600 << 20).jobs == 2)
        #expect(MachineRoom(processors: 8, memory: 0).jobs == 1)
        #expect(MachineRoom(processors: 8, memoryPressure: 35).jobs == 4)
        #expect(MachineRoom(processors: 1, memoryPressure: 100).jobs == 1)
        #expect(MachineRoom(processors: 0, quota: 0.1).jobs == 1)
        #expect(MachineRoom.now().processors >= 1)
    }
}
