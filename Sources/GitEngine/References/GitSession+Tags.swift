internal import CLibGit2

extension GitSession {
  /// Reads an annotated tag.
  public func tag(_ id: ObjectID) throws(GitError) -> Tag {
    let tag = try Owned<TagHandle>("read the tag \(id)") { out in
      id.withRaw { git_tag_lookup(&out, raw, $0) }
    }
    return Tag(
      id: id, name: git_tag_name(tag.pointer).map { String(cString: $0) } ?? "",
      target: git_tag_target_id(tag.pointer).map { ObjectID($0) } ?? .zero,
      tagger: git_tag_tagger(tag.pointer).map { Signature($0.pointee) },
      message: git_tag_message(tag.pointer).map { String(cString: $0) } ?? "")
  }
}

extension GitSession where Access == Writing {
  /// Makes an annotated tag and the reference of its name.
  ///
  /// A lightweight tag is a reference alone:
  /// ``createReference(_:at:message:signature:)`` with ``ReferenceName/tag(_:)``. Tags are not signed.
  ///
  /// - Returns: The tag object.
  /// - Throws: A ``GitError``: `exists` when the name is taken, `invalidName`.
  public func createTag(
    _ name: ReferenceName, of target: ObjectID, message: String, tagger: Signature
  ) throws(GitError) -> ObjectID {
    let operation = "make the tag '\(name)'"
    guard name.text.hasPrefix("refs/tags/"), name.isValid else {
      throw GitError(.invalidName, operation: operation, message: "it is no name for a tag")
    }
    let short = String(name.text.dropFirst("refs/tags/".count))
    guard try self.target(of: name) == nil else {
      throw GitError(.exists, operation: operation, message: "it exists")
    }
    let object = try Owned<ObjectHandle>(operation) { out in
      target.withRaw { git_object_lookup(&out, raw, $0, GIT_OBJECT_ANY) }
    }
    var oid = git_oid()
    try tagger.withRaw { (tagger) throws(GitError) in
      _ = try check(
        git_tag_annotation_create(&oid, raw, short, object.pointer, tagger, message), operation)
    }
    try createReference(name, at: ObjectID(oid), message: "", signature: tagger)
    return ObjectID(oid)
  }
}
