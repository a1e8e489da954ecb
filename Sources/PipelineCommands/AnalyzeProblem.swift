import GitValues

/// Why nothing was analysed.
enum AnalyzeProblem: ProblemReport {
    case noWorkflow
    case unreadable(String)

    var problemCode: String {
        switch self {
        case .noWorkflow: "no-workflow"
        case .unreadable: "unreadable"
        }
    }

    var exitStatus: Int32 {
        switch self {
        case .noWorkflow: 1
        case .unreadable: 69
        }
    }

    var description: String {
        switch self {
        case .noWorkflow: "there is no workflow here"
        case .unreadable(let path): "cannot read '\(path)'"
        }
    }

    var hints: [String] {
        switch self {
        case .noWorkflow: ["type 'git validate ci generate' to make one from .gitpatch"]
        case .unreadable: []
        }
    }
}
