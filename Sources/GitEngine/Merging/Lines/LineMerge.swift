internal import CLibGit2

/// A merge of three versions of a text, line by line.
struct LineMerge {
  /// What the conflict markers call the versions.
  struct Labels {
    var ancestor: String
    var ours: String
    var theirs: String
  }

  /// What stands between conflict markers.
  enum Style {
    /// Both sides.
    case merge
    /// Both sides and the ancestor.
    case diff3
    /// Both sides and the ancestor, without the lines that both sides begin or end with.
    case zdiff3
  }

  /// Which side a conflict is decided for.
  enum Favor {
    case none
    case ours
    case theirs
    /// Both, ours first.
    case union
  }

  /// What came of it.
  struct Result {
    var bytes: [UInt8]
    /// How many conflicts are marked in `bytes`.
    var conflicts: Int
  }

  static func merge(
    base: [UInt8], ours: [UInt8], theirs: [UInt8], favor: Favor = .none, style: Style = .merge,
    markerSize: Int = 7, labels: Labels
  ) throws(GitError) -> Result {
    var options = git_merge_file_options()
    git_merge_file_options_init(&options, UInt32(GIT_MERGE_FILE_OPTIONS_VERSION))
    options.marker_size = UInt16(clamping: markerSize)
    switch favor {
    case .none: options.favor = GIT_MERGE_FILE_FAVOR_NORMAL
    case .ours: options.favor = GIT_MERGE_FILE_FAVOR_OURS
    case .theirs: options.favor = GIT_MERGE_FILE_FAVOR_THEIRS
    case .union: options.favor = GIT_MERGE_FILE_FAVOR_UNION
    }
    if style != .merge { options.flags = GIT_MERGE_FILE_STYLE_DIFF3.rawValue }
    var result = git_merge_file_result()
    let status = labels.ancestor.withCString { ancestor in
      labels.ours.withCString { ourLabel in
        labels.theirs.withCString { theirLabel in
          options.ancestor_label = ancestor
          options.our_label = ourLabel
          options.their_label = theirLabel
          return withInput(base) { base in
            withInput(ours) { ours in
              withInput(theirs) { git_merge_file(&result, base, ours, $0, &options) }
            }
          }
        }
      }
    }
    try check(status, "merge the lines of a file")
    defer { git_merge_file_result_free(&result) }
    return Result(
      bytes: Array(UnsafeRawBufferPointer(start: result.ptr, count: result.len)),
      conflicts: result.automergeable != 0 ? 0 : 1)
  }

  private static func withInput(
    _ bytes: [UInt8], _ body: (UnsafePointer<git_merge_file_input>) -> Int32
  ) -> Int32 {
    bytes.withUnsafeBytes { buffer in
      var input = git_merge_file_input()
      git_merge_file_input_init(&input, UInt32(GIT_MERGE_FILE_INPUT_VERSION))
      input.ptr = buffer.baseAddress?.assumingMemoryBound(to: CChar.self)
      input.size = buffer.count
      return body(&input)
    }
  }
}
