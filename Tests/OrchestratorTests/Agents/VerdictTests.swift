import Testing

@testable import Orchestrator

@Suite("Verdict")
struct VerdictTests {
  @Test(
    "a section or a line named VERDICT decides",
    arguments: [
      ("## VERDICT\nREADY", Verdict.Kind.ready),
      ("# VERDICT\n\n\nREADY\n", .ready),
      ("#### VERDICT\nREADY", .ready),
      ("## **VERDICT**\n**READY**", .ready),
      ("##   VERDICT  \n- READY", .ready),
      ("## VERDICT:\nREADY", .ready),
      ("## VERDICT: READY", .ready),
      ("## VERDICT\n```\nREADY\n```", .ready),
      ("## VERDICT\n---\nREADY", .ready),
      ("## VERDICT\r\nREADY\r\n", .ready),
      ("VERDICT: READY", .ready),
      ("**VERDICT:** READY", .ready),
      ("**VERDICT: READY**", .ready),
      ("**VERDICT**: `READY`", .ready),
      ("> VERDICT: READY.", .ready),
      ("## VERDICT\nREADY (no BLOCKED dependencies)", .ready),
      ("## VERDICT\nREADY - nothing is BLOCKED, nothing to CLOSE", .ready),
      ("## VERDICT\nREADY for implementation", .ready),
      ("VERDICT: ready", .ready),
      ("VERDICT: CORRECTED", .corrected),
      ("## VERDICT\nCORRECTED (3 line numbers)", .corrected),
      ("**NOT READY**\n## VERDICT\n**NOT READY**", .notReady),
      ("VERDICT: NOT_READY", .notReady),
      ("VERDICT: NOT-READY", .notReady),
      ("VERDICT: Not ready", .notReady),
      ("VERDICT: NOTREADY", .notReady),
      ("VERDICT: needs-review", .needsReview),
      ("VERDICT: NEEDS_REVIEW", .needsReview),
      ("## VERDICT\n__NEEDS REVIEW__", .needsReview),
      ("## VERDICT\nBLOCKED", .blocked),
      ("## VERDICT\nBLOCKED by FEAT-7, which is not READY", .blocked),
      ("## VERDICT\nCLOSE", .close),
      ("## VERDICT\n**CLOSE** - already fixed", .close),
      ("VERDICT: CLOSE\n## CLOSE_REASON\n- Reason: already_fixed", .close),
    ])
  func decides(text: String, expected: Verdict.Kind) {
    #expect(Verdict(parsing: text).kind == expected)
  }

  @Test(
    "anything else is unknown",
    arguments: [
      "",
      "READY",
      "**NOT READY**",
      "I cannot close this out, it needs more work",
      "I did not find any blocked state",
      "My verdict: CLOSE",
      "The verdict is READY",
      "## Verdict of the review\nREADY",
      "## VERDICT\nREGRESSION_LIKELY\n\nOtherwise READY, already fixed",
      "VERDICT: REGRESSION_LIKELY",
      "VERDICT: READY_FOR_REVIEW",
      "VERDICT: READY-ish",
      "VERDICT: READY | CORRECTED | NOT_READY | CLOSE",
      "VERDICT: READY/CLOSE",
      "VERDICT: close to done",
      "VERDICT: CLOSE to done",
      "VERDICT: ready or not",
      "VERDICT: CLOSED",
      "## VERDICT\n\n## CONCERNS\n- READY",
      "## VERDICT\nI would say READY",
      "## READY_FOR\n- implementation: yes",
      "VERDICT_NOTES: READY",
    ])
  func unknown(text: String) {
    #expect(Verdict(parsing: text).kind == .unknown)
  }

  @Test("the last verdict counts")
  func lastOne() {
    #expect(Verdict(parsing: "VERDICT: READY\nmore\n## VERDICT\nBLOCKED").kind == .blocked)
    #expect(Verdict(parsing: "## VERDICT\nREADY | CLOSE\n\n## VERDICT\nREADY").kind == .ready)
    #expect(Verdict(parsing: "VERDICT: READY\n\nVERDICT: PERHAPS").kind == .unknown)
  }

  @Test("corrections, concerns and the reason for a close are read")
  func details() {
    let text = """
      Some prose first.

      ## CORRECTIONS_MADE
      - line 12 moved to 14
      * the file is src/a.swift
      - None

      ## **CONCERNS**
      - None.

      ## OTHER
      - not a concern

      ## VERDICT
      CLOSE

      ## CLOSE_REASON
      - Reason: already_fixed

      ## CLOSE_STATUS
      Closed - Already Fixed
      """
    let verdict = Verdict(parsing: text)
    #expect(verdict.kind == .close)
    #expect(verdict.corrections == ["line 12 moved to 14", "the file is src/a.swift"])
    #expect(verdict.concerns == [])
    #expect(verdict.closeReason == "already_fixed")
    #expect(verdict.closeStatus == "Closed - Already Fixed")
  }

  @Test("a bold label before a reason is no part of it")
  func boldReason() {
    #expect(Verdict(parsing: "## CLOSE_REASON\n- **Reason**: gone").closeReason == "gone")
    #expect(Verdict(parsing: "CLOSE_REASON: gone").closeReason == "gone")
    #expect(Verdict(parsing: "nothing").closeReason == nil)
  }
}
