import GitValues
import PlainRemote
import Store

/// What is known of a patch on a forge, as it was read last.
///
/// It is changed in the store only, as one with reading it anew: a pass takes minutes, and what a command of another
/// process wrote in between must not be undone by it.
@dynamicMemberLookup
struct StoredRecord {
    let patch: RecordID
    private(set) var value: ForgeRecord

    /// Reads the record of a patch; `new` is written with the first change where there is none.
    init(_ patch: RecordID, in store: borrowing Store, new: ForgeRecord) throws {
        self.patch = patch
        value = try ForgeRecord.read(patch, in: store) ?? new
    }

    /// The same, with why it cannot be read.
    static func look(
        _ patch: RecordID, in store: borrowing Store
    ) throws -> (record: StoredRecord?, problem: String?) {
        let (value, problem) = try ForgeRecord.look(patch, in: store)
        return (value.map { StoredRecord(patch: patch, value: $0) }, problem)
    }

    private init(patch: RecordID, value: ForgeRecord) {
        self.patch = patch
        self.value = value
    }

    subscript<Value>(dynamicMember path: KeyPath<ForgeRecord, Value>) -> Value { value[keyPath: path] }

    /// Changes the record as it is in the store at that moment and takes it over.
    @discardableResult
    mutating func change<Result>(
        in store: borrowing Store, _ body: (inout ForgeRecord) throws -> Result
    ) throws -> Result {
        let known = value
        let (now, result) = try store.asOne("cannot record what is known of the forge") {
            let there = try ForgeRecord.read(patch, in: store)
            var now = there ?? known
            let result = try body(&now)
            if now != there { try now.save(patch, in: store) }
            return (now, result)
        }
        value = now
        return result
    }
}

extension Store {
    /// Several changes as one, whatever they throw.
    func asOne<Result>(_ operation: String, _ body: () throws -> Result) throws(StoreError) -> Result {
        try atomically(operation) { () throws(StoreError) in
            do { return try body() } catch let error as StoreError { throw error } catch {
                throw StoreError(code: .failed, operation: operation, message: "\(error)")
            }
        }
    }

    /// Changes a patch as the store has it at that moment; `nil` when it is gone.
    @discardableResult
    func change(_ patch: RecordID, _ body: (inout PatchRecord) throws -> Void) throws(StoreError) -> PatchRecord? {
        try asOne("cannot record the patch") {
            guard var now = try self.patch(patch) else { return nil }
            let before = now
            try body(&now)
            if now != before {
                now.updated = .now()
                try save(now)
            }
            return now
        }
    }
}
