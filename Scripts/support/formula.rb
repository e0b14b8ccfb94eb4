# Carries out a Homebrew formula without Homebrew, as far as ours needs it:
#   ruby formula.rb FORMULA SOURCES PREFIX
# Installs into PREFIX, runs the formula's own test, and lists what is there.
require "digest"
require "fileutils"
require "open3"
require "pathname"
require "tmpdir"

class Pathname
  # Homebrew's: moves a file into the directory.
  def install(file)
    mkpath
    FileUtils.mv(file.to_s, to_s)
  end
end

module Utils
  def self.safe_popen_read(*command)
    text, status = Open3.capture2(*command.map(&:to_s))
    raise "#{command.join(" ")} failed" unless status.success?

    text
  end
end

class Formula
  FACTS = %i[desc homepage url version sha256 license depends_on uses_from_macos].freeze
  FACTS.each { |fact| define_singleton_method(fact) { |*values| (@facts ||= {})[fact] = values } }

  class << self
    attr_reader :facts

    def test(&block) = @test = block
    def tests = @test
  end

  attr_reader :buildpath, :prefix, :testpath

  def initialize(buildpath, prefix, testpath)
    @buildpath, @prefix, @testpath = [buildpath, prefix, testpath].map { |path| Pathname(path) }
  end

  def bin = prefix/"bin"
  def man1 = prefix/"share/man/man1"

  def system(*command)
    raise "#{command.join(" ")} failed" unless Kernel.system(*command.map(&:to_s))
  end

  def generate_completions_from_executable(*command)
    places = { bash: "etc/bash_completion.d/ll-parallel", zsh: "share/zsh/site-functions/_ll-parallel",
               fish: "share/fish/vendor_completions.d/ll-parallel.fish" }
    places.each do |shell, place|
      (prefix/place).dirname.mkpath
      (prefix/place).write(Utils.safe_popen_read(*command, shell))
    end
  end

  def shell_output(command, expected = 0)
    text, status = Open3.capture2(command)
    raise "#{command} ended with #{status.exitstatus}: #{text}" unless status.exitstatus == expected

    text
  end

  def assert_match(expected, text)
    raise "'#{expected}' is not in: #{text}" unless text.match?(expected)
  end
end

formula, sources, prefix = ARGV.map { |path| File.expand_path(path) }
load formula
missing = %i[desc homepage url version sha256 license] - LlParallel.facts.keys
raise "the formula lacks #{missing.join(", ")}" unless missing.empty?
raise "the description is too long" if LlParallel.facts[:desc].first.length > 80

Dir.mktmpdir do |testpath|
  instance = LlParallel.new(sources, prefix, testpath)
  Dir.chdir(sources) { instance.install }
  Dir.chdir(testpath) { instance.instance_eval(&LlParallel.tests) }
end
puts Dir.glob("#{prefix}/**/*").select { |path| File.file?(path) }.sort
