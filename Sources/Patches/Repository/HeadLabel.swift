package import Git2
import GitValues

extension Head {
    /// What HEAD itself holds.
    var value: RecordedReference {
        switch self {
        case .branch(let name, _), .unborn(let name): .symbolic(name)
        case .detached(let id): .object(id)
        }
    }

    /// For people: the branch, or the abbreviated commit.
    package var label: String {
        switch self {
        case .branch(let name, _), .unborn(let name): name.branch ?? name.text
        case .detached(let id): id.short
        }
    }
}
