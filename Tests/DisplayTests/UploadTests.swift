import Display
import Imaging
import Quantities
import Testing

@Suite struct UploadTests {
  private let size = PixelSize(width: 6, height: 4)

  @Test func camerasFormatsNeedNoConversion() {
    #expect(UploadForm(.i420(size, .bt601, .full)) == .planar(rowsOfChromaSkipped: 0))
    #expect(
      UploadForm(.planar(size, chromaShift: (1, 0), .bt601, .full)) == .planar(rowsOfChromaSkipped: 1))
    #expect(UploadForm(.nv12(size, .bt709, .limited)) == .semiPlanar)
    #expect(UploadForm(.yuyv(size, rowStride: 16, .bt601, .limited)) == .packedYUYV)
    #expect(UploadForm(.rgb24(size)) == .rgb24)
    #expect(UploadForm(.gray(size)) == .gray)
  }

  @Test func whatSDLCannotShowIsConverted() {
    #expect(UploadForm(.planar(size, chromaShift: (0, 0), .bt601, .full)) == .converted)
    #expect(UploadForm(.i420(size, .bt709, .full)) == .converted)
    #expect(UploadForm(PixelLayout.i420(size, .bt601, .full).turned(quarterTurns: 1)) == .converted)
    #expect(UploadForm(PixelLayout.rgb24(size).turned(quarterTurns: 2)) == .converted)
  }
}
