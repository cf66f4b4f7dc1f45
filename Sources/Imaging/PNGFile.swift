internal import CPNG
import Foundation
import Quantities
import Surroundings

/// A picture that could not be written: which file and why.
public struct PictureWriteError: Error, CustomStringConvertible, Equatable {
  /// The file.
  public let path: String
  /// What went wrong, in the system's or the library's words.
  public let reason: String
  /// One line: what, where, what to do.
  public var description: String {
    "cannot write the picture \(path): \(reason); check that the folder exists, may be written and has room"
  }
}

extension RGBImage {
  /// Writes the picture as PNG (8-bit RGB, sRGB), whole or not at all: under another name first, then renamed. What is
  /// no plain file (a device, a link, a FIFO) is written to, never replaced.
  ///
  /// `quickly` trades size for time (about three times faster, a quarter larger).
  public func writePNG(to path: String, quickly: Bool = true) throws(PictureWriteError) {
    let draft = path + ".part"
    var image = png_image()
    image.version = png_uint_32(vigil_png_image_version)
    (image.width, image.height) = (png_uint_32(size.width), png_uint_32(size.height))
    image.format = png_uint_32(vigil_png_format_rgb)
    if quickly { image.flags = 2 }  // PNG_IMAGE_FLAG_FAST, a macro that Swift does not see
    errno = 0
    let written = bytes.withUnsafeBytes { bytes in
      png_image_write_to_file(&image, draft, 0, bytes.baseAddress, png_int_32(size.width * 3), nil)
    }
    defer { png_image_free(&image) }
    guard written != 0 else {
      let code = errno
      let library = withUnsafeBytes(of: image.message) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      unlink(draft)
      throw PictureWriteError(path: path, reason: code == 0 ? library : String(cString: strerror(code)))
    }
    var status = stat()
    if lstat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
      defer { unlink(draft) }
      do throws(OutputFailure) {
        return try OutputFile.write(FileManager.default.contents(atPath: draft) ?? Data(), to: path)
      } catch { throw PictureWriteError(path: path, reason: OutputFailure.words(error.code)) }
    }
    guard rename(draft, path) == 0 else {
      let reason = String(cString: strerror(errno))
      unlink(draft)
      throw PictureWriteError(path: path, reason: reason)
    }
  }
}
