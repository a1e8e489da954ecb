import AutomergeCommands

@main
enum Main {
    static func main() async { await AutomergeCommand.runAsProgram(Array(CommandLine.arguments.dropFirst())) }
}
