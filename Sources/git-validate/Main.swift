import ValidateCommands

@main
enum Main {
    static func main() async { await ValidateCommand.runAsProgram(Array(CommandLine.arguments.dropFirst())) }
}
