import GitProcess
import GitValues
import Store

/// A store that was opened, and what had to be done for it.
struct OpenedStore: ~Copyable {
    var store: Store
    /// Why the store is new and has to be filled from references.
    var loss: Loss?

    enum Loss {
        /// The old one cannot be read and was renamed to this.
        case damaged(DiskPath)
        /// There was none, though operations have left their folders.
        case missing
        /// Its log was removed, and with it the operations it knew of.
        case cut
    }

    /// Opens the store; one that is damaged is set aside and a new one takes its place. Needs the lock.
    ///
    /// - Parameter inDoubt: reads all of it, as after a crash.
    static func open(directory: String, inDoubt: Bool) throws -> OpenedStore {
        let folder = DiskPath(directory)
        let wasThere = Store.exists(in: directory)
        let mark = folder.appending(Store.damageMark)
        do {
            let store = try Store.open(directory: directory)
            if inDoubt || Disk.exists(mark) { try store.requireSound() }
            try Disk.remove(mark)
            let isLost = !wasThere && !Disk.names(in: OperationFolder.all(in: directory)).isEmpty
            return OpenedStore(store: store, loss: isLost ? .missing : nil)
        } catch let error as StoreError where error.code == .damaged {
            let aside = try setAside(folder)
            try Disk.remove(mark)
            return OpenedStore(store: try Store.open(directory: directory), loss: .damaged(aside))
        }
    }

    /// Renames the files of the store, with the date; what another process still has open goes with them.
    private static func setAside(_ folder: DiskPath) throws -> DiskPath {
        let date = Timestamp.now().description.filter { $0 != ":" }
        let name = "store.sqlite.damaged-\(date)"
        for suffix in ["-wal", "-shm", ""] where Disk.exists(folder.appending("store.sqlite" + suffix)) {
            try Disk.rename(folder.appending("store.sqlite" + suffix), to: folder.appending(name + suffix))
        }
        try Disk.synchronise(folder)
        return folder.appending(name)
    }

    private init(store: consuming Store, loss: Loss?) {
        self.store = store
        self.loss = loss
    }
}
