import Foundation
import SemanticSAMCore
import Testing

@Suite struct AtomicFileTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  @Test func filesAreReplacedAndKeepTheirPermissions() throws {
    let path = try folder.write([1, 2, 3], "file")
    #expect(chmod(path, 0o640) == 0)
    try AtomicFile.write([4, 5], to: path)
    #expect(try FileBytes.read(path, limit: 10) == [4, 5])
    #expect(try folder.contents == ["file"])
    var status = stat()
    #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o640)
  }

  @Test func nothingIsLeftAfterFailure() throws {
    let path = folder.path + "/taken"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    let error = try failure { try AtomicFile.write([1], to: path) }
    #expect(error.code == .unreadableFile)
    #expect(error.message == "'\(path)' is a folder and cannot be written; give the path of a file.")
    #expect(try folder.contents == ["taken"])

    // A name that the file system refuses fails as late as the renaming.
    let long = folder.path + "/" + String(repeating: "x", count: 300)
    #expect(try failure { try AtomicFile.write([1], to: long) }.code == .unreadableFile)
    #expect(try folder.contents == ["taken"])
  }

  @Test func aMissingFolderIsNamed() throws {
    let path = folder.path + "/missing/out.png"
    let error = try failure { try AtomicFile.write([1], to: path) }
    #expect(
      error.message == "The file '\(path)' cannot be written: No such file or directory; "
        + "check its folder, permissions and free space.")
  }

  #if os(Linux)
    @Test func aFullDeviceIsAnError() throws {
      #expect(try failure { try AtomicFile.write([1], to: "/dev/full") }.code == .unreadableFile)
    }

    @Test func devicesAreWrittenInPlace() throws {
      try AtomicFile.write([1], to: "/dev/null")
      var status = stat()
      #expect(stat("/dev/null", &status) == 0 && status.st_mode & S_IFMT == S_IFCHR)
    }
  #endif

  @Test func linksStay() throws {
    let path = try folder.write([1], "file")
    let link = folder.path + "/link"
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "file")
    try AtomicFile.write([2, 3], to: link)
    #expect(try FileBytes.read(path, limit: 10) == [2, 3])
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == "file")
    #expect(try folder.contents == ["file", "link"])
  }

  /// While one thread replaces a file, others see the old content or the new one.
  @Test func readersNeverSeeAPart() async throws {
    let path = try folder.write([UInt8](repeating: 0, count: 100_000), "file")
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        for value in 1...20 {
          try AtomicFile.write([UInt8](repeating: UInt8(value), count: 100_000), to: path)
        }
      }
      for _ in 0..<2 {
        group.addTask {
          for _ in 0..<100 {
            let bytes = try FileBytes.read(path, limit: 1 << 20)
            #expect(bytes.count == 100_000 && bytes.allSatisfy { $0 == bytes[0] })
          }
        }
      }
      try await group.waitForAll()
    }
    #expect(try folder.contents == ["file"])
  }

  @Test func emptyFilesAreWritten() throws {
    let path = folder.path + "/empty"
    try AtomicFile.write([], to: path)
    #expect(try FileBytes.read(path, limit: 0).isEmpty)
  }
}
