import Foundation
import HTTPTypes
import Hummingbird
import JSON
import Surroundings

/// "This result is wrong": what owners say their files really are, kept for retraining.
package struct FeedbackRoutes: Sendable {
  /// Labels of `LABELS.tsv` that a whole recording can have.
  static let labels: Set<String> = ["real", "fake", "attack"]

  private struct Feedback: Decodable {
    let label: String
    let remark: String?
  }

  let analyses: AnalysisRoutes
  let store: AnalysisStore

  /// `POST /api/v1/analyses/{id}/feedback`.
  @Sendable func add(_ request: Request, _ context: ServingContext) async throws -> Response {
    let buffer = try await request.body.collect(upTo: 16384)
    let feedback = try JSONDecoder().decode(Feedback.self, from: Data(buffer.readableBytesView))
    guard Self.labels.contains(feedback.label) else {
      throw ServiceError.badRequest("label: give one of \(Self.labels.sorted().joined(separator: ", "))")
    }
    guard (feedback.remark ?? "").count <= 2000 else {
      throw ServiceError.badRequest("remark: 2000 characters at most")
    }
    guard let id = context.parameters.get("id"), AnalysisID.isValid(id) else {
      throw ServiceError.notFound("the analysis")
    }
    let record = try await analyses.known(id, context)
    let changed = try await store.update(record.id) {
      ($0.label, $0.remark) = (feedback.label, feedback.remark)
    }
    guard let changed else { throw ServiceError.notFound("the analysis") }
    return .json(.object(changed.summary))
  }

  /// `GET /api/v1/feedback.tsv`: the asker's labelled files as `LABELS.tsv`, ready for `vigil evaluate`.
  @Sendable func export(_ request: Request, _ context: ServingContext) async throws -> Response {
    let records = try await store.labelled(of: context.owner)
    return .text(Self.table(records), type: "text/tab-separated-values")
  }

  /// The table's text: the columns of the project's labelled data. The path is the kept upload's, or the name of one
  /// that was deleted, with its hash as the group so that copies of one file are never split.
  /// A name that a spreadsheet would take for a formula is shown, not run.
  package static func table(_ records: [AnalysisRecord]) -> String {
    let header = ["path", "label", "kind", "group", "source", "original_size", "original_name"]
    let rows = records.map { record in
      [
        record.kept.map { "kept/\($0)" } ?? "deleted/\(record.id)", record.label ?? "", "feedback",
        record.sha256, "vigil-server", String(record.bytes), record.name,
      ].map(TableCell.tab)
    }
    return ([header] + rows).map { $0.joined(separator: "\t") + "\n" }.joined()
  }
}
