#if os(Linux)
    import CWriteBack
    import Foundation
    import Glibc
    import SuiteTestSupport
    import Testing

    /// Order without waiting is claimed only where the kernel tells of a journal that keeps it.
    @Suite struct WriteCareTests {
        /// Folders that are likely to be on different file systems.
        static let folders = [
            NSTemporaryDirectory(), "/dev/shm", "/var/tmp", "/run", FileManager.default.currentDirectoryPath,
        ]

        @Test(arguments: folders) func orderIsClaimedWhereTheKernelTellsOfAJournal(folder: String) throws {
            var name = Array((folder + "/gitpatch-order-XXXXXX").utf8CString)
            let file = mkstemp(&name)
            guard file >= 0 else { return }  // Nothing can be written there.
            defer {
                unlink(name)
                close(file)
            }
            #expect(write(file, "x", 1) == 1)
            guard let isKept = try WriteCareTests.keepsOrder(file) else { return }
            #expect((gitpatch_write_back(file) == 0) == isKept, "\(folder)")
        }

        /// What `/proc` says of the file system a file is on; `nil` where it cannot be told.
        private static func keepsOrder(_ file: Int32) throws -> Bool? {
            var status = stat()
            guard fstat(file, &status) == 0 else { return nil }
            // makedev(3), the other way round.
            let number = status.st_dev
            let (major, minor) = (number >> 8 & 0xFFF | number >> 32 & ~0xFFF, number & 0xFF | number >> 12 & ~0xFF)
            let device = "\(major):\(minor)"
            let mounts = try String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8).split(separator: "\n")
            guard let mount = mounts.map({ $0.split(separator: " ") }).last(where: { $0.count > 9 && $0[2] == device }),
                let dash = mount.firstIndex(of: "-"), mount.count > dash + 2
            else { return nil }
            switch mount[dash + 1] {
            case "xfs": return true
            case "ext4":
                // A journal is named after the device and the inode it is in.
                let name = mount[dash + 2].split(separator: "/").last ?? ""
                guard let journals = try? FileManager.default.contentsOfDirectory(atPath: "/proc/fs/jbd2") else {
                    return nil
                }
                return journals.contains { $0.hasPrefix(name + "-") }
            default: return false
            }
        }
    }
#endif
