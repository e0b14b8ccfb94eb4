import SystemPackage
import TestSupport
import Testing

@testable import GitEngine

@Suite struct IdentityTests {
  private func identity(
    _ repository: TestRepository, _ environment: [String: String] = [:]
  ) async throws -> [String]? {
    try await repository.engine().read { git in
      try git.identity { environment[$0] }.map { author, committer in
        [author, committer].map { "\($0.name) <\($0.email)>" }
      }
    }
  }

  @Test func fromConfigurationAndEnvironment() async throws {
    try await withTestRepository { repository in
      #expect(
        try await identity(repository) == Array(repeating: "Test <test@example.com>", count: 2))
      try await repository.git("config", "author.name", "Writer")
      #expect(
        try await identity(repository) == [
          "Writer <test@example.com>", "Test <test@example.com>",
        ])
      let environment = [
        "GIT_AUTHOR_NAME": "A", "GIT_COMMITTER_EMAIL": "c@example.com", "EMAIL": "e@example.com",
      ]
      #expect(
        try await identity(repository, environment) == [
          "A <test@example.com>", "Test <c@example.com>",
        ])
      for variable in ["GIT_AUTHOR_IDENT", "GIT_COMMITTER_IDENT"] {
        let git = try await Oracle.run(
          "git", ["var", variable], in: repository.root, environment: environment)
        let mine = try await identity(repository, environment)
        #expect(mine?.contains { git.text.hasPrefix($0) } == true)
      }

      try await repository.git("config", "--unset", "user.email")
      #expect(try await identity(repository) == nil)
      #expect(
        try await identity(repository, ["EMAIL": "e@example.com"]) == [
          "Writer <e@example.com>", "Test <e@example.com>",
        ])
      try await repository.git("config", "--unset", "user.name")
      #expect(try await identity(repository, ["EMAIL": "e@example.com"]) == nil)
    }
  }

  @Test func configurationIsReadByGitsRules() async throws {
    try await withTestRepository { repository in
      for (value, truth) in [("yes", true), ("off", false), ("1", true), ("true", true)] {
        try await repository.git("config", "x.flag", value)
        let read = try await repository.engine().read { try $0.configurationFlag("x.flag") }
        #expect(read == truth, "\(value)")
      }
      try await repository.git("config", "x.flag", "perhaps")
      await #expect(throws: GitError.self) {
        try await repository.engine().read { try $0.configurationFlag("x.flag") }
      }
      #expect(try await repository.engine().read { try $0.configuration("no.such") } == nil)
    }
  }

  private static let forms = [
    "1234567890 +0100", "@1234567890 -0330", "@12 +0000", "1234567890", "2005-04-07T22:13:13",
    "2005-04-07 22:13:13 +0200", "2005-04-07T22:13:13Z", "2005-04-07T22:13:13+02:00",
    "2005-04-07T22:13:13.019-0730", "Thu, 07 Apr 2005 22:13:13 +0200",
    "7 April 2005 22:13:13 +0000",
    "Apr 7 22:13:13 2005 +0200", "Thu Apr 7 22:13:13 2005", "2005.04.07 22:13:13",
    "04/07/2005 22:13",
    "07.04.2005 22:13:13", "2005/04/07 22:13:13 GMT", "2024-02-29T00:00:00 +1400",
    "1999-12-31T23:59:59 -1200", "2005-07-07T22:13:13", "2005-04-07", "yesterday", "", "nonsense",
    "2005-04-07 nonsense", "22:13:13", "13/13/2005 22:13", "2005-04-07T22", "@", "+0100",
    "20050407T221313", "20050407T22:13:13",
  ]

  @Test(arguments: ["UTC", "Europe/Berlin", "America/St_Johns"])
  func datesAreReadAsByGit(_ zone: String) async throws {
    try await withTestRepository { repository in
      for form in Self.forms where !form.isEmpty {
        let theirs = try await Oracle.run(
          "git", ["var", "GIT_AUTHOR_IDENT"], in: repository.root,
          environment: ["GIT_AUTHOR_DATE": form, "TZ": zone], allowFailure: true)
        let ours = GitDate(form, localOffset: { Self.offset(of: zone, at: $0) })
        let text = ours.map { "Test <test@example.com> \($0.seconds) \(Self.zone($0.offset))" }
        #expect(text == (theirs.status == 0 ? theirs.text : nil), "\(form) in \(zone)")
      }
    }
  }

  /// Minutes east of UTC at a local time; summer time is that of 2005.
  private static func offset(of zone: String, at local: Int64) -> Int32 {
    switch zone {
    case "UTC": 0
    case "Europe/Berlin": local > 1_112_000_000 && local < 1_130_000_000 ? 120 : 60
    default: local > 1_112_500_000 && local < 1_130_600_000 ? -150 : -210
    }
  }

  private static func zone(_ offset: Int32) -> String {
    let size = abs(offset)
    let digits = String(size / 60 * 100 + size % 60)
    return (offset < 0 ? "-" : "+") + String(repeating: "0", count: 4 - digits.count) + digits
  }

  @Test func theEnvironmentGivesTheDate() async throws {
    try await withTestRepository { repository in
      let variables = [
        "GIT_AUTHOR_DATE": "@1234567890 +0100", "GIT_COMMITTER_DATE": "2005-04-07T22:13:13Z",
        "GIT_COMMITTER_NAME": " .C. <o> ;",
      ]
      let identity = try await repository.engine().read {
        try $0.identity(environment: { variables[$0] })
      }
      #expect(
        identity?.author
          == Signature(
            name: "Test", email: "test@example.com", seconds: 1_234_567_890, offset: 60))
      #expect(
        identity?.committer
          == Signature(name: "C. o", email: "test@example.com", seconds: 1_112_911_993, offset: 0))
      let wrong = await #expect(throws: GitError.self) {
        _ = try await repository.engine().read {
          try $0.identity(environment: { ["GIT_AUTHOR_DATE": "soon"][$0] })
        }
      }
      #expect(wrong?.operation == "read GIT_AUTHOR_DATE")
    }
  }

  @Test func anAddressFromTheMachineIsNotTakenWhereOnlyTheConfigurationCounts() async throws {
    try await withTestRepository { repository in
      try await repository.git("config", "--unset", "user.email")
      let engine = try repository.engine()
      let taken = try await engine.read { try $0.identity(environment: { ["EMAIL": "e@x"][$0] }) }
      #expect(taken?.author.email == "e@x")
      try await repository.git("config", "user.useConfigOnly", "true")
      let refused = try await engine.read { try $0.identity(environment: { ["EMAIL": "e@x"][$0] }) }
      #expect(refused == nil)
    }
  }
}
