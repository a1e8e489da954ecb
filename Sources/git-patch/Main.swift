import PatchCommands

@main
enum Main {
    static func main() async { await PatchCommand.runAsProgram(Array(CommandLine.arguments.dropFirst())) }
}
