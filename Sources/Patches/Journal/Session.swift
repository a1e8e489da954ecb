import GitProcess
import GitValues
package import Store

/// One command at work in one repository: the open repository, the store and, while it changes something, the lock.
///
/// It belongs to one task.
package final class Session {
    package let workspace: Workspace
    package let view: RepositoryView
    package let store: Store
    private var lock: OperationLock?

    private init(_ workspace: Workspace, view: RepositoryView, store: consuming Store, lock: consuming OperationLock?) {
        self.workspace = workspace
        self.view = view
        self.store = store
        self.lock = lock
    }

    /// Starts a command that changes something: takes the lock and finishes what a killed command left.
    ///
    /// - Parameter command: the word of the command, for those who wait for the lock.
    package static func change(_ workspace: Workspace, command: String) async throws -> Session {
        let directory = workspace.location.storeDirectory
        let lock = try await OperationLock.acquire(
            in: directory, command: command, patience: TimeSpan(seconds: 2)
        ) { workspace.say(.done("waiting for \($0)")) }
        let session = try await Session.begin(workspace, lock)
        try await session.pruneWhenDue()
        session.tidyPacks()
        return session
    }

    /// Opens the store under the lock, makes it again if it is lost, and finishes what a killed command left.
    private static func begin(_ workspace: Workspace, _ lock: consuming OperationLock) async throws -> Session {
        let followsCrash = lock.followsCrash
        let directory = workspace.location.storeDirectory
        let opened = try OpenedStore.open(directory: directory, inDoubt: followsCrash)
        var loss = opened.loss
        let session = Session(workspace, view: RepositoryView(workspace), store: opened.store, lock: lock)
        let mark = DiskPath(directory).appending(Store.logMark)
        let isMarked = Disk.exists(mark)
        if loss == nil, isMarked, try await session.lacksOperations() { loss = .cut }
        if let loss { try await session.rebuild(after: loss) }
        if isMarked { try Disk.remove(mark) }
        try await session.recover(afterCrash: followsCrash)
        return session
    }

    /// Starts a command that only reads; where there is no store yet it sees an empty one, and none is made.
    ///
    /// What a killed command left is finished first, unless another command is at work: then the state is in motion
    /// and a notice says so.
    package static func read(_ workspace: Workspace) async throws -> Session {
        let directory = workspace.location.storeDirectory
        let view = RepositoryView(workspace)
        let isLost = Store.isInDoubt(in: directory) || OperationLock.wasLeft(in: directory)
        if !isLost {
            guard Store.exists(in: directory) else {
                return Session(workspace, view: view, store: try Store.empty(directory: directory), lock: nil)
            }
            do {
                let store = try Store.open(directory: directory)
                let unfinished = try store.unfinishedOperations()
                if let running = unfinished.first(where: { $0.owner.isAlive }) {
                    workspace.say(.detail("git patch \(running.command) is at work (\(running.owner))"))
                }
                if unfinished.allSatisfy({ $0.owner.isAlive }) {
                    let session = Session(workspace, view: view, store: store, lock: nil)
                    let isInDoubt = Store.mayLackNewest(in: directory)
                    let isWhole = isInDoubt ? try await !session.lacksOperations() : true
                    if isWhole {
                        try await session.removeLocksOfKilledChildren()
                        return session
                    }
                }
            } catch let error as StoreError where error.code == .damaged {
                // The lock is needed to make it again.
            }
        }
        do {
            let lock = try await OperationLock.acquire(
                in: directory, command: "recovery", patience: TimeSpan(seconds: isLost ? 2 : 0))
            let session = try await Session.begin(workspace, lock)
            session.unlock()
            return session
        } catch let problem as PatchProblem where problem.code == .busy {
            workspace.say(.detail(problem.message))
            return Session(workspace, view: view, store: try Store.open(directory: directory), lock: nil)
        }
    }

    /// Lets other commands in: what follows is not a change of this repository.
    package func unlock() { lock = nil }
}
