/// Names in quotes after the word they are: `check 'unit'`, `checks 'lint', 'unit'`.
func quoted(_ checks: [String]) -> String {
    if checks.isEmpty { return "a check" }
    return (checks.count > 1 ? "checks " : "check ") + checks.map { "'\($0)'" }.joined(separator: ", ")
}
