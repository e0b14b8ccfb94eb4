import GitEngine
import SystemPackage
import TestSupport

extension TestRepository {
  /// Configures a filter of two commands that swaps letters, which hides what is a text in no way.
  func configureRot13(_ name: String = "rot13") async throws {
    for direction in ["clean", "smudge"] {
      try await git("config", "filter.\(name).\(direction)", "tr A-Za-z N-ZA-Mn-za-m")
    }
  }

  /// Configures a filter process that behaves as `mode` says and notes in `notes` what it does.
  func configureProcess(_ mode: String, required: Bool = false) async throws {
    let script = sandbox.appending("filter-process")
    try writeFile(script, Self.processScript, executable: true)
    try await git(
      "config", "filter.p.process", "exec '\(script)' '\(sandbox.appending("notes"))' \(mode)")
    try await git("config", "filter.p.required", "\(required)")
  }

  /// What the filter process noted, line by line.
  var notes: [String] {
    let bytes = (try? readFile(sandbox.appending("notes"))) ?? []
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
  }

  /// Stages and commits paths through the engine; the id of the first path's blob.
  @discardableResult
  func engineCommit(_ paths: RepositoryPath...) async throws -> ObjectID? {
    try await engine().transaction { git in
      let commit = try git.commit(
        paths: paths, message: "work\n", author: Self.signature, committer: Self.signature)
      guard let commit else { return nil }
      return try git.entry(at: paths[0], in: git.tree(of: commit))?.id
    }
  }

  /// A filter process in Perl, which comes with git.
  static let processScript = #"""
    #!/usr/bin/perl
    use strict;
    binmode STDIN; binmode STDOUT; $| = 1;
    my ($log, $mode) = @ARGV;
    sub note { open my $f, '>>', $log or die; print $f "@_\n"; close $f }
    sub take {
      my ($head, $data) = ('', '');
      if (!read STDIN, $head, 4) { note('end'); exit 0 }
      my $size = hex $head;
      return undef if $size == 0;
      read STDIN, $data, $size - 4 if $size > 4;
      return $data;
    }
    sub lines { my @l; while (defined(my $p = take())) { chomp $p; push @l, $p } @l }
    sub put { print sprintf('%04x', 4 + length $_[0]), $_[0] }
    sub done { print '0000' }
    note("start", $ENV{GIT_DIR} // '-', `pwd -P | tr -d '\n'`);
    if ($mode eq 'garbage') { print "hello, I am no filter\n"; sleep 1000 }
    if ($mode eq 'leaves') { print STDERR "no time today\n"; exit 3 }
    lines();
    put("git-filter-server\n"); put($mode eq 'old' ? "version=1\n" : "version=2\n"); done();
    lines();
    put("capability=clean\n") if $mode ne 'smudges';
    put("capability=smudge\n"); done();
    while (1) {
      my %about = map { split /=/, $_, 2 } lines();
      my $content = '';
      while (defined(my $p = take())) { $content .= $p }
      note($about{command}, $about{pathname});
      if ($mode eq 'silent') { sleep 1000 }
      if ($mode eq 'error') { put("status=error\n"); done(); next }
      if ($mode eq 'abort') { put("status=abort\n"); done(); next }
      if ($mode eq 'odd') { put("status=what\n"); done(); next }
      if ($mode eq 'noisy') { print STDERR 'x' x 3_000_000 }
      $content =~ tr/A-Za-z/N-ZA-Mn-za-m/;
      put("status=success\n"); done();
      if ($mode eq 'dies') { print '0fff', 'half'; print STDERR "out of luck\n"; exit 4 }
      if ($mode eq 'killed') { kill 9, $$ }
      while (length $content) { put(substr $content, 0, 65516, '') }
      done();
      if ($mode eq 'late') { put("status=error\n") }
      if ($mode eq 'closes') { close STDOUT; sleep 1000 }
      done();
    }
    """#
}
