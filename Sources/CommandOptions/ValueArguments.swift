import ArgumentParser
package import GitValues

extension LandingMethod: ExpressibleByArgument {}
extension PatchPriority: ExpressibleByArgument {}

extension TimeSpan: ExpressibleByArgument {
    /// Reads `90`, `5m`, `2h`.
    package init?(argument: String) { self.init(argument) }
}
