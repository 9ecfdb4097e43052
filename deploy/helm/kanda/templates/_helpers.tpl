{{- define "kanda.name" -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{- define "kanda.selector" -}}
app.kubernetes.io/name: kanda
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "kanda.labels" -}}
{{ include "kanda.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end -}}
