import ArgumentParser
import FoundationEssentials
import Orchestrator

/// Looks at the machine and the repository.
struct DoctorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Check the machine and the repository, and say what a run would meet.",
    discussion: """
      Writes nothing. Exit status 1 if a run cannot begin.
      """)

  @Flag(help: "Print a JSON object.") var json = false
  @OptionGroup(title: "How") var place: PlaceOptions

  func run() async throws {
    let environment = ProcessInfo.processInfo.environment
    let doctor = Doctor(try WorkingDirectory.resolve(place.directory)) { root in
      try Configuration.load(root: root, environment: environment, flags: [])
    }
    let diagnosis = await doctor.examine()
    if json {
      print(try JSONText.of(["findings": diagnosis.findings]))
    } else {
      for line in DoctorText.render(diagnosis) { print(line) }
    }
    guard diagnosis.isFit else { throw ExitCode(ExitStatus.incomplete.rawValue) }
  }
}

/// A diagnosis for people.
enum DoctorText {
  static func render(_ diagnosis: Diagnosis) -> [String] {
    var lines: [String] = []
    var area = ""
    for finding in diagnosis.findings {
      if finding.area != area {
        area = finding.area
        lines += (lines.isEmpty ? [] : [""]) + [area]
      }
      let indent = String(repeating: " ", count: 11)
      let text = Text.wrapped(finding.text, indent: indent)
      lines.append(
        "  \(Text.padded(finding.level.rawValue, to: 8)) " + (text.first ?? "").dropFirst(11))
      lines += text.dropFirst()
      if let consequence = finding.consequence {
        lines += Text.wrapped(consequence, indent: indent)
      }
      if let remedy = finding.remedy { lines += Text.wrapped("-> \(remedy)", indent: indent) }
    }
    let problems = diagnosis.findings.count { $0.level == .problem }
    let warnings = diagnosis.findings.count { $0.level == .warning }
    let verdict =
      problems > 0
      ? "No run can begin: \(problems) \(problems == 1 ? "problem" : "problems")."
      : warnings > 0
        ? "A run can begin; mind the \(warnings == 1 ? "warning" : "\(warnings) warnings")."
        : "All is well."
    return lines + ["", verdict]
  }
}
