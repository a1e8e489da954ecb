package import ArgumentParser

/// `git validate ci`.
package struct CICommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "ci", abstract: "Make and judge the pipelines of forges, and the image their jobs run in.",
        subcommands: [CIGenerateCommand.self, CIAnalyzeCommand.self, CIImageCommand.self])

    package init() {}
}
