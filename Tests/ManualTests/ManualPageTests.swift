import Foundation
import Testing

@testable import Manual

private let dump = #"""
    {"serializationVersion": 0, "command": {
      "commandName": "git-tool", "defaultSubcommand": "make", "shouldDisplay": true,
      "subcommands": [
        {"commandName": "list", "superCommands": ["git-tool"], "abstract": "List things.", "arguments": [
          {"kind": "flag", "shouldDisplay": true, "isOptional": true, "isRepeating": false,
           "names": [{"kind": "long", "name": "json"}], "abstract": "Print JSON."}]},
        {"commandName": "make", "superCommands": ["git-tool"], "abstract": "Make a thing.",
         "discussion": "First.\n\n  git tool 'x' -n 1\n.hidden", "arguments": [
          {"kind": "positional", "shouldDisplay": true, "isOptional": false, "isRepeating": false, "valueName": "title"},
          {"kind": "option", "shouldDisplay": true, "isOptional": true, "isRepeating": true,
           "names": [{"kind": "long", "name": "count"}, {"kind": "short", "name": "n"}],
           "valueName": "number", "defaultValue": "3", "allValues": ["3", "4"], "abstract": "How many."},
          {"kind": "option", "shouldDisplay": false, "isOptional": true, "isRepeating": false,
           "names": [{"kind": "long", "name": "secret"}]},
          {"kind": "flag", "shouldDisplay": true, "isOptional": true, "isRepeating": false,
           "names": [{"kind": "long", "name": "json"}], "abstract": "Print JSON."}]},
        {"commandName": "help", "superCommands": ["git-tool"]}]}}
    """#

private func page() throws -> ManualPage {
    ManualPage(try JSONDecoder().decode(ToolDescription.self, from: Data(dump.utf8)))
}

@Test func theDefaultCommandComesFirstAndNeedsNoName() throws {
    #expect(
        try page().synopsis
            == "\\fBgit tool\\fR [\\fIoptions\\fR] \\fI<title>\\fR\n.br\n\\fBgit tool list\\fR")
}

@Test func sharedOptionsAreToldOnceAndHiddenOnesNever() throws {
    let commands = try page().commands
    #expect(commands.components(separatedBy: "\\-\\-json").count == 2)
    #expect(!commands.contains("secret"))
    #expect(!commands.contains("git tool help"))
}

@Test func optionsCarryShortNameFirstValuesAndDefault() throws {
    let commands = try page().commands
    #expect(commands.contains("\\fB\\-n\\fR, \\fB\\-\\-count\\fR \\fI<number>\\fR \\&..."))
    #expect(commands.contains("How many. One of: 3, 4. Default: 3."))
}

@Test func examplesStayLiteralAndNothingBecomesARequest() throws {
    let commands = try page().commands
    #expect(commands.contains(".nf\ngit tool \\(aqx\\(aq \\-n 1\n.fi"))
    #expect(commands.contains("\n\\&.hidden"))
}

@Test func placeholdersOfTheHandWrittenTextAreFilled() throws {
    let text = try page().fill(".TH X\n@synopsis@\n.SH EXIT\n@exit-status@\nuser@commands@host\n")
    #expect(text.hasPrefix(".TH X\n\\fBgit tool\\fR"))
    #expect(text.contains("\\fB75\\fR"))
    #expect(text.hasSuffix("user@commands@host\n"))
}
