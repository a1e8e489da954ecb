/// The lines of a shell that report checks as JUnit does.
enum TestCases {
    /// Appends the case `$2` with the attribute `$time` and the outcome `$3` to a file.
    ///
    /// - Parameter passed: what an outcome that is good is called; one that is not known is a failure, but for `skipped`.
    static func lines(passed: String, into file: String) -> [String] {
        [
            "case \"$3\" in",
            "  \(passed)) printf '<testcase name=\"%s\"%s/>\\n' \"$2\" \"$time\" ;;",
            "  skipped) printf '<testcase name=\"%s\"><skipped/></testcase>\\n' \"$2\" ;;",
            "  *) printf '<testcase name=\"%s\"%s><failure message=\"%s\"/></testcase>\\n' \"$2\" \"$time\" \"$3\" ;;",
            "esac >> \"\(file)\"",
        ]
    }
}
